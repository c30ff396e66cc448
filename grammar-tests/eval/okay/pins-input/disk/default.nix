# A pin that lies on disk.
{ answer = 42; }
