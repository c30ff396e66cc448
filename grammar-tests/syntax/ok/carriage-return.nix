[ 1 # ends here
 2 ]
