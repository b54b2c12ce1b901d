// A link over a distance: two network namespaces joined by a wire that has a rate, a delay, a queue
// and, when asked, loss. Each end is a tun device; packets are read from one, wait for their turn
// and their time, and are written to the other. TCP's large packets go through whole (virtio
// headers), so that a gigabit costs little; a dropped one is a burst of lost segments.
//
//   far-link NS_A NS_B MBIT ONE_WAY_MS QUEUE_KIB [LOSS_PERCENT]
//
// Makes the device far0 in both namespaces, prints "ready", ends with its standard input. For each line
// on that it prints, as one line of JSON, what came from A to B since the line before: bytes, and the
// time in which the middle half of them came. Needs root; built and run by far-link.ts.
#include <fcntl.h>
#include <linux/if.h>
#include <linux/if_tun.h>
#include <poll.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <deque>
#include <random>
#include <stdexcept>
#include <string>
#include <vector>

namespace {

constexpr size_t kMaxPacket = 66'000;
constexpr size_t kVnetHeader = 10;

[[noreturn]] void fail(const std::string& what) {
  throw std::runtime_error(what + ": " + std::strerror(errno));
}

int64_t nowNs() {
  using namespace std::chrono;
  return duration_cast<nanoseconds>(steady_clock::now().time_since_epoch()).count();
}

int openTun(const std::string& ns) {
  const int netns = open(("/run/netns/" + ns).c_str(), O_RDONLY | O_CLOEXEC);
  if (netns < 0) fail(ns);
  if (setns(netns, CLONE_NEWNET) != 0) fail("setns");
  close(netns);
  const int fd = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);
  if (fd < 0) fail("/dev/net/tun");
  ifreq request{};
  std::strcpy(request.ifr_name, "far0");
  request.ifr_flags = IFF_TUN | IFF_NO_PI | IFF_VNET_HDR;
  if (ioctl(fd, TUNSETIFF, &request) != 0) fail("TUNSETIFF");
  if (ioctl(fd, TUNSETOFFLOAD, TUN_F_CSUM | TUN_F_TSO4 | TUN_F_TSO6) != 0) fail("TUNSETOFFLOAD");
  return fd;
}

struct Packet {
  int64_t dueNs;
  std::vector<char> bytes;
};

class Direction {
 public:
  Direction(int from, int to, double mbit, double oneWayMs, size_t queueBytes, double loss)
      : from_(from), to_(to), nsPerByte_(8000.0 / mbit), delayNs_(int64_t(oneWayMs * 1e6)),
        queueNs_(int64_t(queueBytes * nsPerByte_)), loss_(loss), buffer_(kMaxPacket) {}

  void receive() {
    for (int count = 0; count < 64; count++) {
      const ssize_t size = read(from_, buffer_.data(), buffer_.size());
      if (size < 0) {
        if (errno == EAGAIN || errno == EINTR) return;
        fail("read");
      }
      const int64_t now = nowNs();
      const int64_t start = std::max(now, freeNs_);
      if (start - now > queueNs_ || (loss_ > 0 && chance_(random_) < loss_)) {
        continue;
      }
      freeNs_ = start + int64_t((size - kVnetHeader) * nsPerByte_);
      queue_.push_back({freeNs_ + delayNs_, {buffer_.data(), buffer_.data() + size}});
    }
  }

  void deliver() {
    while (!queue_.empty() && queue_.front().dueNs <= nowNs()) {
      const auto& bytes = queue_.front().bytes;
      // A device that is down or full loses it, as a wire would.
      if (write(to_, bytes.data(), bytes.size()) >= 0) {
        delivered_ += bytes.size() - kVnetHeader;
        arrivals_.push_back({nowNs(), delivered_});
      }
      queue_.pop_front();
    }
  }

  int64_t nextNs() const { return queue_.empty() ? INT64_MAX : queue_.front().dueNs; }
  int from() const { return from_; }

  // Prints what was delivered since the last call, and forgets it.
  void report() {
    const double middleMs = double(timeOf(0.75) - timeOf(0.25)) / 1e6;
    std::printf("{\"bytes\":%llu,\"middleMs\":%.1f}\n", (unsigned long long)delivered_, middleMs);
    std::fflush(stdout);
    arrivals_.clear();
    delivered_ = 0;
  }

 private:
  // When this part of the bytes had been delivered.
  int64_t timeOf(double part) const {
    const auto reached = [&](const Arrival& a) { return double(a.bytes) >= part * double(delivered_); };
    const auto found = std::find_if(arrivals_.begin(), arrivals_.end(), reached);
    return found == arrivals_.end() ? 0 : found->ns;
  }

  struct Arrival {
    int64_t ns;
    uint64_t bytes;
  };

  const int from_, to_;
  const double nsPerByte_;
  const int64_t delayNs_, queueNs_;
  const double loss_;
  std::vector<char> buffer_;
  std::deque<Packet> queue_;
  int64_t freeNs_ = 0;
  std::vector<Arrival> arrivals_;
  uint64_t delivered_ = 0;
  std::mt19937 random_{1};
  std::uniform_real_distribution<double> chance_{0, 100};
};

int run(int argc, char** argv) {
  if (argc < 6) {
    std::fprintf(stderr, "far-link NS_A NS_B MBIT ONE_WAY_MS QUEUE_KIB [LOSS_PERCENT]\n");
    return 2;
  }
  const int a = openTun(argv[1]), b = openTun(argv[2]);
  const double mbit = std::atof(argv[3]), ms = std::atof(argv[4]);
  const size_t queue = size_t(std::atof(argv[5]) * 1024);
  const double loss = argc > 6 ? std::atof(argv[6]) : 0;
  Direction there(a, b, mbit, ms, queue, loss), back(b, a, mbit, ms, queue, loss);
  std::printf("ready\n");
  std::fflush(stdout);
  while (true) {
    pollfd fds[] = {{a, POLLIN, 0}, {b, POLLIN, 0}, {0, POLLIN, 0}};
    const int64_t next = std::min(there.nextNs(), back.nextNs());
    const int64_t waitNs = next == INT64_MAX ? 1'000'000'000 : std::max<int64_t>(0, next - nowNs());
    const timespec wait{waitNs / 1'000'000'000, waitNs % 1'000'000'000};
    if (ppoll(fds, 3, &wait, nullptr) < 0 && errno != EINTR) fail("ppoll");
    if (fds[2].revents) {
      char line[64];
      const ssize_t count = read(0, line, sizeof line);
      if (count <= 0) break;
      for (ssize_t at = 0; at < count; at++) {
        if (line[at] == '\n') there.report();
      }
    }
    there.receive();
    back.receive();
    there.deliver();
    back.deliver();
  }
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return run(argc, argv);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "far-link: %s\n", error.what());
    return 1;
  }
}
