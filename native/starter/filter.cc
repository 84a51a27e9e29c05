// System calls that COMMAND may not make: those that reach the terminal's input, the kernel's keyrings and mounts, and
// those that make new namespaces, in which the kernel gives out rights again.

#include "filter.h"

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>

#include <vector>

namespace {

#if defined(__x86_64__)
constexpr uint32_t architecture = AUDIT_ARCH_X86_64;
#elif defined(__aarch64__)
constexpr uint32_t architecture = AUDIT_ARCH_AARCH64;
#elif defined(__riscv) && __riscv_xlen == 64
constexpr uint32_t architecture = AUDIT_ARCH_RISCV64;
#elif defined(__powerpc64__) && __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
constexpr uint32_t architecture = AUDIT_ARCH_PPC64LE;
#else
// Not known: nothing is let through.
constexpr uint32_t architecture = 0;
#endif

// Numbers of newer kernels, the same on all of these; headers may be older.
constexpr uint32_t syscallOpenTree = 428;
constexpr uint32_t syscallMoveMount = 429;
constexpr uint32_t syscallFsOpen = 430;
constexpr uint32_t syscallFsConfig = 431;
constexpr uint32_t syscallFsMount = 432;
constexpr uint32_t syscallFsPick = 433;
constexpr uint32_t syscallClone3 = 435;
constexpr uint32_t syscallMountSetattr = 442;
constexpr uint32_t syscallIoUringSetup = 425;
constexpr uint32_t syscallIoUringEnter = 426;
constexpr uint32_t syscallIoUringRegister = 427;
constexpr uint32_t syscallOpenTreeAttr = 467;

constexpr uint32_t refused[] = {
    __NR_mount, __NR_umount2, __NR_pivot_root, __NR_chroot, __NR_setns,
    syscallOpenTree, syscallMoveMount, syscallFsOpen, syscallFsConfig, syscallFsMount, syscallFsPick,
    syscallMountSetattr, syscallOpenTreeAttr,
    __NR_open_by_handle_at,
    __NR_keyctl, __NR_add_key, __NR_request_key,
    __NR_bpf, __NR_perf_event_open, __NR_userfaultfd, __NR_syslog, __NR_acct, __NR_quotactl, __NR_reboot,
    __NR_swapon, __NR_swapoff, __NR_kexec_load, __NR_init_module, __NR_finit_module, __NR_delete_module,
    __NR_settimeofday, __NR_clock_settime, __NR_sethostname, __NR_setdomainname, __NR_vhangup,
};

// Programs do without these when they are not there. What clone3 is asked for lies in memory, where a filter cannot look.
constexpr uint32_t absent[] = {syscallClone3, syscallIoUringSetup, syscallIoUringEnter, syscallIoUringRegister};

constexpr uint32_t newNamespaces = CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWUSER |
                                   CLONE_NEWPID | CLONE_NEWNET;
// Shares its bit with the signal number in the flags of clone, so only unshare can be asked for it.
constexpr uint32_t newTimeNamespace = 0x80;

constexpr uint32_t offsetOfArgument(int index) {
  uint32_t low = 0;
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
  low = 4;
#endif
  return static_cast<uint32_t>(offsetof(seccomp_data, args)) + 8U * static_cast<uint32_t>(index) + low;
}

constexpr uint32_t answer(int error) {
  return SECCOMP_RET_ERRNO | static_cast<uint32_t>(error);
}

using Program = std::vector<sock_filter>;

void load(Program& program, uint32_t offset) {
  program.push_back(BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offset));
}

void give(Program& program, uint32_t value) {
  program.push_back(BPF_STMT(BPF_RET | BPF_K, value));
}

void giveFor(Program& program, uint32_t number, uint32_t value) {
  program.push_back(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, number, 0, 1));
  give(program, value);
}

// The kernel takes 32 bits of ioctl's request: the upper half must not hide it (CVE-2019-10063).
void refuseRequests(Program& program) {
  program.push_back(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, __NR_ioctl, 0, 6));
  load(program, offsetOfArgument(1));
  giveFor(program, TIOCSTI, answer(EPERM));
  giveFor(program, TIOCLINUX, answer(EPERM));
  give(program, SECCOMP_RET_ALLOW);
}

void refuseFlags(Program& program, uint32_t number, uint32_t flags) {
  program.push_back(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, number, 0, 4));
  load(program, offsetOfArgument(0));
  program.push_back(BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, flags, 0, 1));
  give(program, answer(EPERM));
  give(program, SECCOMP_RET_ALLOW);
}

Program compile() {
  Program program;
  load(program, offsetof(seccomp_data, arch));
  program.push_back(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, architecture, 1, 0));
  // Programs of another word size have other numbers.
  give(program, SECCOMP_RET_KILL_PROCESS);
  load(program, offsetof(seccomp_data, nr));
#if defined(__x86_64__)
  // The x32 ABI: the same calls under other numbers.
  program.push_back(BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, 0x40000000U, 0, 1));
  give(program, answer(ENOSYS));
#endif
  for (const uint32_t number : refused) giveFor(program, number, answer(EPERM));
#ifdef __NR_kexec_file_load
  giveFor(program, __NR_kexec_file_load, answer(EPERM));
#endif
#ifdef __NR_iopl
  giveFor(program, __NR_iopl, answer(EPERM));
  giveFor(program, __NR_ioperm, answer(EPERM));
#endif
  for (const uint32_t number : absent) giveFor(program, number, answer(ENOSYS));
  refuseRequests(program);
  refuseFlags(program, __NR_clone, newNamespaces);
  refuseFlags(program, __NR_unshare, newNamespaces | newTimeNamespace);
  give(program, SECCOMP_RET_ALLOW);
  return program;
}

}  // namespace

int installFilter() {
  if (architecture == 0) return ENOSYS;
  Program program = compile();
  const sock_fprog whole = {static_cast<unsigned short>(program.size()), program.data()};
  return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &whole, 0, 0) == 0 ? 0 : errno;
}
