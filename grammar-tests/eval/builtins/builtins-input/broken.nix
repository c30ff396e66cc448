{ broken = }
