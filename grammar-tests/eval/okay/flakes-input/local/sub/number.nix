# A number.
41
