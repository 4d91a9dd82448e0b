#include "tests/fault/house/ports.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdlib>
#include <random>

namespace vaka::fault {
namespace {

constexpr uint16_t kFirst = 12000;
constexpr uint16_t kLast = 31999;

bool IsFree(uint16_t port) {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const bool free = bind(fd, reinterpret_cast<sockaddr*>(&address), sizeof(address)) == 0;
  close(fd);
  return free;
}

}  // namespace

uint16_t UnusedPort() {
  // Not the test's seed: two tests of one seed run side by side.
  std::random_device random;
  std::uniform_int_distribution<uint16_t> any(kFirst, kLast);
  for (int tries = 0; tries < 1000; ++tries) {
    const uint16_t port = any(random);
    if (IsFree(port)) return port;
  }
  std::abort();
}

}  // namespace vaka::fault
