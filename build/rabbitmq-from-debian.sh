#!/bin/sh
# Installs RabbitMQ from another release of Debian into a folder, for tests against a version that this machine's release does not have:
#   build/rabbitmq-from-debian.sh forky /opt/rabbitmq-4.3
#   CGH_RABBITMQ_SERVER=/opt/rabbitmq-4.3/rabbitmq-server ./test.sh
# Needs root, apt, unshare and chroot. Nothing outside the folder changes.
set -eu

[ $# -eq 2 ] || { echo "Usage: $0 RELEASE FOLDER, such as: $0 forky /opt/rabbitmq-4.3" >&2; exit 2; }
release=$1
mkdir -p "$2"
folder=$(cd "$2" && pwd)
root=$folder/root

mkdir -p "$folder/lists/partial" "$folder/archives/partial" "$root"
: > "$folder/status"
mirror=$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' | grep '/debian/$' | head -n 1)
[ -n "$mirror" ] || { echo "$0: apt has no Debian mirror. Run it on Debian, after apt-get update." >&2; exit 1; }
echo "deb $mirror $release main" > "$folder/sources.list"
cat > "$folder/apt.conf" <<CONF
Dir::Etc::SourceList "$folder/sources.list";
Dir::Etc::SourceParts "/dev/null";
Dir::State::Lists "$folder/lists";
Dir::State::Status "$folder/status";
Dir::Cache "$folder";
Dir::Cache::archives "$folder/archives";
Acquire::Languages "none";
APT::Sandbox::User "root";
CONF
export APT_CONFIG="$folder/apt.conf"
apt-get update -q
apt-get install -y -q --no-install-recommends --download-only \
    rabbitmq-server base-files bash coreutils dash findutils grep hostname libc-bin mawk procps sed util-linux
for package in "$folder"/archives/*.deb; do
    dpkg -x "$package" "$root"
done

# What the packages' own scripts would do.
for link in bin sbin lib lib64; do
    [ -e "$root/$link" ] || ln -s "usr/$link" "$root/$link"
done
[ -e "$root/bin/sh" ] || ln -s dash "$root/usr/bin/sh"
[ -e "$root/bin/awk" ] || ln -s mawk "$root/usr/bin/awk"
mkdir -p "$root/proc" "$root/dev" "$root/tmp"
cp /etc/hosts /etc/nsswitch.conf /etc/passwd /etc/group "$root/etc/"

# Each runs in the root with this machine's /proc, /dev and /tmp, which are mounted for it alone.
for program in rabbitmq-server rabbitmqctl; do
    cat > "$folder/$program" <<RUN
#!/bin/sh
exec unshare -m sh -c 'for folder in proc dev tmp; do mount --rbind /\$folder "\$0/\$folder"; done; exec chroot "\$0" "\$@"' \\
    "$root" /usr/lib/rabbitmq/bin/$program "\$@"
RUN
    chmod +x "$folder/$program"
done
echo "RabbitMQ $(dpkg-deb -f "$folder"/archives/rabbitmq-server_*.deb Version): CGH_RABBITMQ_SERVER=$folder/rabbitmq-server"
