import /etc/hosts
