// The first process of `memfsd run`: what it says to the command line, and the steps of the wall.
#pragma once

#include <string>
#include <vector>

// What the command line wants.
struct Order {
  // The socket to the command line: it sends 'G' to begin, then numbers of signals, one byte each.
  int control = -1;
  // Becomes standard error before COMMAND begins; -1: it is right already.
  int error = -1;
  // Signals that the program that is begun must outlive (bubblewrap's monitor shares COMMAND's terminal).
  bool shield = false;
  // Take all rights away, then stay as the first process of the namespace.
  bool wall = false;
  // Where memory is mounted; other mounts of memfsd are covered.
  std::vector<std::string> memory;
  char** command = nullptr;
};

// Tells the command line why COMMAND did not begin, and ends this process. `step`: what failed; `error`: errno.
[[noreturn]] void fail(const Order& order, const char* step, int error);

// Waits for the word to begin. Ends this process when the command line is gone.
void awaitGo(const Order& order);

// Ends with what failed when the program cannot be executed.
[[noreturn]] void execute(const Order& order);

// Ends this process when a part of the wall cannot be built: there is no half of it.
void buildWall(const Order& order);

// Runs COMMAND and passes on signals, until it ends. Returns the exit status, 128 + n after a signal.
int superviseCommand(const Order& order);
