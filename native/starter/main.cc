// memfsd-starter: begins COMMAND when it is told to, so that its session knows it before it does anything.
//
//   memfsd-starter --control FD [--error FD] [--shield | --wall [--memory DIR]...] -- COMMAND [ARG]...
//
// It says on the control socket: `begun`, or `failed STEP ERRNO`; in the plain form, the end of the socket without a
// word is `begun`. Exits with 127 and 126 as a shell does when there is no such program, or none that may be executed.

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "starter.h"

namespace {

constexpr int usageStatus = 125;
constexpr int notExecutable = 126;
constexpr int notFound = 127;

Order parse(char** word) {
  Order order;
  for (; *word != nullptr; word++) {
    const std::string name = *word;
    if (name == "--") {
      order.command = word + 1;
      break;
    }
    if (name == "--shield") order.shield = true;
    else if (name == "--wall") order.wall = true;
    else if (word[1] == nullptr) break;
    else if (name == "--control") order.control = atoi(*++word);
    else if (name == "--error") order.error = atoi(*++word);
    else if (name == "--memory") order.memory.emplace_back(*++word);
    else break;
  }
  if (order.control < 0 || order.command == nullptr || *order.command == nullptr) {
    fputs("memfsd-starter: belongs to memfsd run\n", stderr);
    exit(usageStatus);
  }
  return order;
}

void setCloseOnExec(int descriptor) {
  fcntl(descriptor, F_SETFD, FD_CLOEXEC);
}

}  // namespace

void fail(const Order& order, const char* step, int error) {
  char line[128];
  const int length = snprintf(line, sizeof line, "failed %s %d\n", step, error);
  send(order.control, line, static_cast<size_t>(length), MSG_NOSIGNAL);
  _exit(error == ENOENT || error == ENOTDIR ? notFound : notExecutable);
}

void awaitGo(const Order& order) {
  char word = 0;
  ssize_t size = 0;
  do size = read(order.control, &word, 1);
  while (size < 0 && errno == EINTR);
  if (size != 1 || word != 'G') _exit(usageStatus);
}

void execute(const Order& order) {
  execvp(order.command[0], order.command);
  fail(order, "execute", errno);
}

int main(int, char** argv) {
  const Order order = parse(argv + 1);
  if (order.wall) {
    setCloseOnExec(order.control);
    if (order.error >= 0) {
      dup2(order.error, STDERR_FILENO);
      close(order.error);
    }
    buildWall(order);
    return superviseCommand(order);
  }
  awaitGo(order);
  if (order.shield) {
    // Ctrl-C is for COMMAND; the monitor of bubblewrap beside it would die of it, and take COMMAND along.
    for (const int number : {SIGINT, SIGQUIT, SIGHUP, SIGTERM, SIGUSR1, SIGUSR2}) signal(number, SIG_IGN);
  } else {
    setCloseOnExec(order.control);
  }
  execute(order);
}
