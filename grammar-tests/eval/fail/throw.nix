throw "told ${toString 1}"
