{ web = adress; address = 1; }: address
