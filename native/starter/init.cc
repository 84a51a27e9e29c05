// The first process of the namespace: it runs COMMAND, collects orphans, and passes on what the command line sends.
// When it ends, the kernel ends all others of the namespace.

#include <cerrno>
#include <csignal>
#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "starter.h"

namespace {

void resetSignals() {
  for (int number = 1; number < NSIG; number++) signal(number, SIG_DFL);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
}

// What goes wrong in the child comes back through a pipe that a successful execution closes.
pid_t begin(const Order& order) {
  int said[2];
  if (pipe2(said, O_CLOEXEC) != 0) fail(order, "pipe", errno);
  const pid_t child = fork();
  if (child < 0) fail(order, "fork", errno);
  if (child == 0) {
    resetSignals();
    execvp(order.command[0], order.command);
    const int error = errno;
    if (write(said[1], &error, sizeof error) < 0) _exit(1);
    _exit(1);
  }
  close(said[1]);
  int error = 0;
  const ssize_t size = read(said[0], &error, sizeof error);
  close(said[0]);
  if (size == sizeof error) fail(order, "execute", error);
  send(order.control, "begun\n", 6, MSG_NOSIGNAL);
  return child;
}

void pass(pid_t child, int number) {
  // All that runs here is stopped and continued at once: COMMAND alone would wait for the others.
  if (number == SIGTSTP || number == SIGSTOP) kill(-1, SIGSTOP);
  else if (number == SIGCONT) kill(-1, SIGCONT);
  else kill(child, number);
}

// The exit status of `child` when it has ended, else -1.
int collect(pid_t child) {
  int result = -1;
  int status = 0;
  for (pid_t ended = 0; (ended = waitpid(-1, &status, WNOHANG)) > 0;)
    if (ended == child) result = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
  return result;
}

}  // namespace

int superviseCommand(const Order& order) {
  // Nobody here may look into this process, and so at the control socket.
  prctl(PR_SET_DUMPABLE, 0);
  sigset_t children;
  sigemptyset(&children);
  sigaddset(&children, SIGCHLD);
  sigprocmask(SIG_BLOCK, &children, nullptr);
  const int ended = signalfd(-1, &children, SFD_CLOEXEC | SFD_NONBLOCK);
  if (ended < 0) fail(order, "signalfd", errno);

  const pid_t child = begin(order);
  pollfd ready[] = {{ended, POLLIN, 0}, {order.control, POLLIN, 0}};
  for (;;) {
    if (poll(ready, 2, -1) < 0 && errno != EINTR) return 128 + SIGKILL;
    signalfd_siginfo info;
    while (read(ended, &info, sizeof info) > 0) {
    }
    const int status = collect(child);
    if (status >= 0) return status;
    if (ready[1].revents == 0) continue;
    unsigned char number = 0;
    const ssize_t size = read(order.control, &number, 1);
    // The command line is gone, and nobody would end what runs here.
    if (size == 0) return 128 + SIGKILL;
    if (size == 1) pass(child, number);
  }
}
