# A library that was extended may have what nixpkgs' library has, as before; for the overlay as well.
((import <nixpkgs/lib>).extend (final: prev: { perhaps = prev.nixosOptionsDoc; })).perhaps
