# A mail server for one test: Exim in a new folder, as its own unprivileged account, listening on
# this machine only, gone when the standard input ends. Arguments: port, certificate, key.
set -eu
trap '' INT HUP TERM
export LC_ALL=C TZ=UTC
dir=$(mktemp -d /tmp/openrebate-exim.XXXXXX)
pid=
clean() {
  [ -z "$pid" ] || kill "$pid" 2>/dev/null || true
  rm -rf "$dir"
}
trap clean EXIT
mkdir "$dir/spool"
printf '%s' "$2" >"$dir/cert.pem"
printf '%s' "$3" >"$dir/key.pem"
cat >"$dir/exim.conf" <<SETTINGS
primary_hostname = mail.example.com
spool_directory = $dir/spool
log_file_path = $dir/%s.log
pid_file_path = $dir/pid
local_interfaces = <; [127.0.0.1]:$1
deliver_drop_privilege = true
keep_environment =
smtp_accept_queue_per_connection = 0
host_lookup =
rfc1413_hosts =
tls_advertise_hosts = *
tls_certificate = $dir/cert.pem
tls_privatekey = $dir/key.pem
domainlist local_domains = customer.example : example.com
acl_smtp_rcpt = rcpt
acl_smtp_data = accept
begin acl
rcpt:
  deny !encrypted = *
       message = 5.7.4 not in the clear
  deny local_parts = gone
       message = 5.1.1 no such mailbox
  defer local_parts = busy
       message = 4.2.0 greylisted
  accept domains = +local_domains
  deny message = relay not permitted
begin routers
lost:
  driver = redirect
  local_parts = lost
  data = :fail: 5.1.1 the mailbox was removed
  allow_fail
local:
  driver = accept
  domains = +local_domains
  transport = maildir
begin transports
maildir:
  driver = appendfile
  directory = $dir/box
  maildir_format
  create_directory
  envelope_to_add
  return_path_add
begin retry
* * F,1m,1m
SETTINGS
exim4 -C "$dir/exim.conf" -bdf >"$dir/out" 2>&1 &
pid=$!
n=0
until grep -qs 'daemon started' "$dir/main.log"; do
  kill -0 "$pid" 2>/dev/null && [ $n -lt 100 ] || { cat "$dir/out" >&2; exit 1; }
  n=$((n + 1))
  sleep 0.1
done
echo "$dir"
cat >/dev/null
