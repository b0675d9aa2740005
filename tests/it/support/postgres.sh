# A PostgreSQL for one test run: made in a new folder, reached by socket only, gone when the
# standard input ends, which is when the test binary does, however that comes about.
set -eu
trap '' INT HUP TERM
export LC_ALL=C TZ=UTC
bin=$1
# Sockets have short names: not below a deep TMPDIR.
dir=$(mktemp -d /tmp/openrebate-pg.XXXXXX)
clean() {
  "$bin/pg_ctl" -D "$dir/data" -m immediate stop >/dev/null 2>&1 || true
  rm -rf "$dir"
}
trap clean EXIT
"$bin/initdb" -D "$dir/data" -U openrebate -E UTF8 --locale=C -A trust --no-sync >"$dir/initdb.log" 2>&1 ||
  { cat "$dir/initdb.log" >&2; exit 1; }
cat >>"$dir/data/postgresql.conf" <<SETTINGS
listen_addresses = ''
unix_socket_directories = '$dir'
max_connections = 400
fsync = off
synchronous_commit = off
full_page_writes = off
autovacuum = off
SETTINGS
"$bin/pg_ctl" -D "$dir/data" -l "$dir/server.log" -w -s start </dev/null >/dev/null 2>&1 ||
  { cat "$dir/server.log" >&2; exit 1; }
echo "$dir"
cat >/dev/null
