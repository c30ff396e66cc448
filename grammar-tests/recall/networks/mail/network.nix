# Eight machines that move mail, a folder for each.
{
  network.description = "mail";
  network.storage.legacy = { };
  defaults = import ./defaults.nix;
  mx1 = import ./machines/mx1;
  mx2 = import ./machines/mx2;
  imap = import ./machines/imap;
  filter = import ./machines/filter;
  ldap = import ./machines/ldap;
  lists = import ./machines/lists;
  webmail = import ./machines/webmail;
  queue = import ./machines/queue;
}
