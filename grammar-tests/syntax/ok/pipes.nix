[ 1 ] |> map (x: x + 1)
