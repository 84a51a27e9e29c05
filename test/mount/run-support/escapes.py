"""Tries ways out of a run. argv: what there is outside, as JSON. Prints {name: what was got, or null}.

Each attempt gets something that is outside, or changes it in a way that leaves no trace; it returns what it got, and
raises when it got nothing. Each runs in a process of its own.
"""
import ctypes
import json
import os
import resource
import signal
import socket
import stat
import struct
import sys
import tempfile

there = json.loads(sys.argv[1])
data, outside, memory, work = there["data"], there["pid"], os.environ["MEMFSD_MOUNT"], os.getcwd()
libc = ctypes.CDLL(None, use_errno=True)

CLONE_NEWNS, CLONE_NEWUSER, CLONE_NEWPID = 0x20000, 0x10000000, 0x20000000
MS_BIND, MS_REC, MS_PRIVATE, MNT_DETACH = 4096, 16384, 1 << 18, 2
PTRACE_SEIZE, PTRACE_DETACH = 0x4206, 17
OPEN_BY_HANDLE = {"x86_64": 304, "aarch64": 265}
KEYCTL = {"x86_64": 250, "aarch64": 219}
BPF = {"x86_64": 321, "aarch64": 280}
PIDFD_OPEN, PIDFD_GETFD = 434, 438
machine = os.uname().machine


def must(result):
    if result < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return result


def first(attempts):
    """What the first of many attempts gets."""
    for each in attempts:
        try:
            got = each()
        except OSError:
            continue
        if got:
            return got
    raise OSError("nothing")


def processes():
    return [name for name in os.listdir("/proc") if name.isdigit()]


def read(path, size=32):
    with open(path, "rb") as file:
        return file.read(size)


def connect(address):
    with socket.socket(socket.AF_UNIX) as client:
        client.connect(address)
    return "connected"


def own_mounts():
    must(libc.unshare(CLONE_NEWNS))
    must(libc.mount(None, b"/", None, MS_REC | MS_PRIVATE, None))


def may_write(path):
    os.close(os.open(path, os.O_WRONLY))
    return path


HELPERS = set(globals())


def data_by_path():
    return read(f"{data}/catalog.db")


def data_from_the_working_directory():
    return os.listdir(os.path.join(os.path.relpath(data, work)))


def data_by_a_link_in_the_working_directory():
    return os.listdir(f"{work}/to-data")


def data_by_a_link_in_memory():
    return os.listdir(f"{memory}/to-data")


def data_by_a_hard_link():
    os.link(f"{data}/catalog.db", f"{work}/linked")
    os.unlink(f"{work}/linked")
    return "linked"


def data_written():
    with open(f"{data}/written", "w") as file:
        file.write("x")
    os.unlink(f"{data}/written")
    return "written"


def data_by_the_root_of_processes():
    return first(lambda pid=pid: os.listdir(f"/proc/{pid}/root{data}") for pid in processes())


def data_by_the_directory_of_processes():
    return first(lambda pid=pid: read(f"/proc/{pid}/cwd/catalog.db") for pid in processes())


def data_by_descriptors_of_processes():
    def look(pid):
        return first(
            lambda fd=fd: os.readlink(f"/proc/{pid}/fd/{fd}").startswith(data) and read(f"/proc/{pid}/fd/{fd}")
            for fd in os.listdir(f"/proc/{pid}/fd")
        )

    return first(lambda pid=pid: look(pid) for pid in processes())


def data_by_inherited_descriptors():
    return first(lambda fd=fd: os.pread(fd, 32, 0) for fd in range(3, 1024))


def data_by_taking_descriptors():
    def take(pid):
        process = must(libc.syscall(PIDFD_OPEN, int(pid), 0))
        return first(
            lambda fd=fd: os.pread(must(libc.syscall(PIDFD_GETFD, process, fd, 0)), 32, 0) for fd in range(3, 64)
        )

    return first(lambda pid=pid: take(pid) for pid in [outside, *processes()] if int(pid) != os.getpid())


def data_by_file_handle():
    kind, handle = there["handle"]["type"], bytes.fromhex(there["handle"]["bytes"])
    record = ctypes.create_string_buffer(struct.pack("Ii", len(handle), kind) + handle)
    place = os.open(work, os.O_RDONLY)
    opened = must(libc.syscall(OPEN_BY_HANDLE[machine], place, record, os.O_RDONLY))
    return os.listdir(opened)


def data_by_a_bind_mount():
    own_mounts()
    with tempfile.TemporaryDirectory() as place:
        must(libc.mount(data.encode(), place.encode(), None, MS_BIND, None))
        got = os.listdir(place)
        must(libc.umount2(place.encode(), MNT_DETACH))
        return got


def sockets_of_the_daemon():
    return first(lambda name=name: connect(f"{data}/{name}") for name in there["sockets"])


def a_socket_of_another_program():
    return connect(there["socket"])


def an_abstract_socket():
    name = "\0" + there["abstract"]
    # Node 20 fills the address up with zeros.
    return first(lambda address=address: connect(address) for address in [name, name.ljust(108, "\0")])


def memory_of_others():
    return read(f"{there['foreign']}/foreign.md")


def memory_of_others_below_the_working_directory():
    return read(f"{work}/foreign/foreign.md")


def environments_of_processes():
    return first(lambda pid=pid: b"CANARY" in read(f"/proc/{pid}/environ", 1 << 20) and pid for pid in processes())


def a_signal():
    os.kill(outside, 0)
    return outside


def a_priority():
    os.setpriority(os.PRIO_PROCESS, outside, os.getpriority(os.PRIO_PROCESS, outside))
    return outside


def limits_of_a_process():
    return resource.prlimit(outside, resource.RLIMIT_NOFILE)


def a_debugger():
    must(libc.ptrace(PTRACE_SEIZE, outside, None, None))
    os.kill(outside, signal.SIGSTOP)
    os.waitpid(outside, 0)
    must(libc.ptrace(PTRACE_DETACH, outside, None, None))
    os.kill(outside, signal.SIGCONT)
    return outside


def namespaces_of_a_process():
    must(libc.setns(os.open(f"/proc/{outside}/ns/mnt", os.O_RDONLY), 0))
    return os.listdir(data)


def a_user_namespace():
    must(libc.unshare(CLONE_NEWUSER))
    return "unshared"


def a_mount_namespace():
    must(libc.unshare(CLONE_NEWNS))
    return "unshared"


def a_process_namespace():
    must(libc.unshare(CLONE_NEWPID))
    return "unshared"


def taking_memory_away():
    own_mounts()
    must(libc.umount2(memory.encode(), MNT_DETACH))
    return "unmounted"


def a_device():
    with tempfile.TemporaryDirectory() as place:
        os.mknod(f"{place}/null", stat.S_IFCHR | 0o600, os.makedev(1, 3))
        return read(f"{place}/null") == b"" and "made"


def devices_of_the_host():
    usual = "console core fd full null ptmx pts random shm stderr stdin stdout tty urandom zero".split()
    return first([lambda: [name for name in os.listdir("/dev") if name not in usual]])


def the_fuse_device():
    return may_write("/dev/fuse")


def the_system_file_system():
    return os.listdir("/sys")


def connections_of_fuse():
    return os.listdir("/sys/fs/fuse")


def the_pattern_of_cores():
    return may_write("/proc/sys/kernel/core_pattern")


def the_magic_key():
    return may_write("/proc/sysrq-trigger")


def the_system():
    return first(lambda path=path: may_write(path) for path in ["/etc/passwd", "/usr/bin/env", "/bin/sh"])


def passwords():
    return read("/etc/shadow")


def shared_memory():
    return must(libc.shmget(there["shm"], 0, 0)) + 1


def a_file_in_shared_memory():
    return read(f"/dev/shm/{there['shared']}")


def a_keyring():
    # KEYCTL_GET_KEYRING_ID of KEY_SPEC_USER_KEYRING
    return must(libc.syscall(KEYCTL[machine], 0, ctypes.c_long(-4), 1))


def a_program_in_the_kernel():
    # BPF_MAP_CREATE of an array
    request = ctypes.create_string_buffer(struct.pack("IIII", 2, 4, 4, 1) + bytes(100))
    return must(libc.syscall(BPF[machine], 0, request, 72))


def the_name_of_the_host():
    socket.sethostname(socket.gethostname())
    return "named"


ATTEMPTS = [name for name in globals() if name not in HELPERS and name != "HELPERS"]


def outcome(name):
    """What it got, tried in a child that nothing outlives."""
    receiver, sender = os.pipe()
    child = os.fork()
    if child == 0:
        signal.alarm(20)
        try:
            got = repr(globals()[name]())
        except BaseException:
            os._exit(1)
        os.write(sender, got.encode()[:4000])
        os._exit(0)
    os.close(sender)
    with os.fdopen(receiver, "rb") as file:
        got = file.read().decode(errors="replace")
    _, status = os.waitpid(child, 0)
    return got if status == 0 else None


def main():
    print(json.dumps({name: outcome(name) for name in ATTEMPTS}))


main()
