// The limit program: the least that any transfer of this kind must do, written in C++ with
// threads, to tell how much of this machine the product reaches. Separate server and client
// processes on loopback, as in the product; the client receives into a buffer, hashes each
// piece (OpenSSL SHA-1), compares the hash and writes the piece at its offset. There is no
// tracker, no encryption, no membership, no resuming.
//
//   limit serve FILE [sendfile]                          prints {"port":N}, ends with its stdin
//   limit fetch PORT FILE SIZE PIECE_LENGTH CONNECTIONS HASHES [SYNC_EVERY]
//       with SYNC_EVERY a thread syncs the file (fdatasync) after so many bytes, and the end
//       waits until all of it is on the disk; 0 syncs once, at the end
//   limit hash FILE PIECE_LENGTH THREADS [HASHES]        20 bytes per piece into HASHES
//
// Results are one line of JSON. Build: g++ -std=c++17 -O2 -pthread limit.cpp -lcrypto -o limit
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/evp.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <mutex>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace {

using Clock = std::chrono::steady_clock;

constexpr size_t kDigestLength = 20;
// One read of the file and one send, and the part of a piece that is hashed while still cached.
constexpr size_t kSendBytes = 1 << 20;
constexpr size_t kReceiveBytes = 256 << 10;
// Pieces that a connection has asked for at any time, so that the server never waits.
constexpr int kPiecesInFlight = 2;

struct Request {
  uint64_t offset;
  uint64_t length;
};

[[noreturn]] void fail(const std::string& what) {
  throw std::runtime_error(what + ": " + std::strerror(errno));
}

double msBetween(Clock::time_point from, Clock::time_point to) {
  return std::chrono::duration<double, std::milli>(to - from).count();
}

uint64_t number(const char* text) { return std::strtoull(text, nullptr, 10); }

int openFile(const char* path, int flags) {
  const int fd = open(path, flags, 0644);
  if (fd < 0) fail(path);
  return fd;
}

uint64_t sizeOf(int fd) {
  struct stat stats;
  if (fstat(fd, &stats) != 0) fail("fstat");
  return static_cast<uint64_t>(stats.st_size);
}

void sendAll(int socket, const void* bytes, size_t length) {
  const char* at = static_cast<const char*>(bytes);
  while (length > 0) {
    const ssize_t sent = send(socket, at, length, MSG_NOSIGNAL);
    if (sent < 0) fail("send");
    at += sent;
    length -= static_cast<size_t>(sent);
  }
}

void readAll(int fd, char* bytes, size_t length, uint64_t offset) {
  while (length > 0) {
    const ssize_t got = pread(fd, bytes, length, static_cast<off_t>(offset));
    if (got <= 0) fail("pread");
    bytes += got;
    offset += static_cast<uint64_t>(got);
    length -= static_cast<size_t>(got);
  }
}

void writeAll(int fd, const char* bytes, size_t length, uint64_t offset) {
  while (length > 0) {
    const ssize_t put = pwrite(fd, bytes, length, static_cast<off_t>(offset));
    if (put < 0) fail("pwrite");
    bytes += put;
    offset += static_cast<uint64_t>(put);
    length -= static_cast<size_t>(put);
  }
}

// False at the end of the stream.
bool receiveAll(int socket, void* bytes, size_t length) {
  const ssize_t got = recv(socket, bytes, length, MSG_WAITALL);
  if (got < 0) fail("recv");
  return static_cast<size_t>(got) == length;
}

// Incremental SHA-1 of one piece after the other.
class Sha1 {
 public:
  Sha1() : context_(EVP_MD_CTX_new()) { EVP_DigestInit_ex(context_, EVP_sha1(), nullptr); }
  ~Sha1() { EVP_MD_CTX_free(context_); }
  Sha1(const Sha1&) = delete;
  Sha1& operator=(const Sha1&) = delete;

  void update(const char* bytes, size_t length) { EVP_DigestUpdate(context_, bytes, length); }

  // The digest of what came so far; the next byte starts a new piece.
  void finish(unsigned char* digest) {
    EVP_DigestFinal_ex(context_, digest, nullptr);
    EVP_DigestInit_ex(context_, EVP_sha1(), nullptr);
  }

 private:
  EVP_MD_CTX* context_;
};

void sendByRead(int socket, int file, Request wanted, std::vector<char>& buffer) {
  while (wanted.length > 0) {
    const size_t length = std::min<uint64_t>(wanted.length, buffer.size());
    readAll(file, buffer.data(), length, wanted.offset);
    sendAll(socket, buffer.data(), length);
    wanted.offset += length;
    wanted.length -= length;
  }
}

void sendByKernel(int socket, int file, Request wanted) {
  off_t offset = static_cast<off_t>(wanted.offset);
  while (wanted.length > 0) {
    const ssize_t sent = sendfile(socket, file, &offset, wanted.length);
    if (sent <= 0) fail("sendfile");
    wanted.length -= static_cast<uint64_t>(sent);
  }
}

void serveConnection(int socket, int file, bool useSendfile) {
  try {
    std::vector<char> buffer(useSendfile ? 0 : kSendBytes);
    Request wanted;
    while (receiveAll(socket, &wanted, sizeof wanted)) {
      if (useSendfile) sendByKernel(socket, file, wanted);
      else sendByRead(socket, file, wanted, buffer);
    }
  } catch (const std::exception& error) {
    std::fprintf(stderr, "limit: a connection ended: %s\n", error.what());
  }
  close(socket);
}

sockaddr_in loopback(uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(port);
  return address;
}

void endWithStdin() {
  char byte;
  while (read(STDIN_FILENO, &byte, 1) > 0) {
  }
  std::_Exit(0);
}

int serve(const char* path, bool useSendfile) {
  const int file = openFile(path, O_RDONLY);
  const int listener = socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address = loopback(0);
  socklen_t length = sizeof address;
  if (bind(listener, reinterpret_cast<sockaddr*>(&address), length) != 0) fail("bind");
  if (listen(listener, 64) != 0) fail("listen");
  getsockname(listener, reinterpret_cast<sockaddr*>(&address), &length);
  std::printf("{\"port\":%u}\n", ntohs(address.sin_port));
  std::fflush(stdout);
  std::thread(endWithStdin).detach();
  for (;;) {
    const int socket = accept(listener, nullptr, nullptr);
    if (socket < 0) fail("accept");
    const int on = 1;
    setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    std::thread(serveConnection, socket, file, useSendfile).detach();
  }
}

// What the connections of one fetch share.
struct Fetch {
  uint16_t port;
  int file;
  uint64_t size;
  uint64_t pieceLength;
  std::vector<unsigned char> hashes;
  std::atomic<uint64_t> nextPiece{0};
  std::mutex mutex;
  std::atomic<bool> hasFirstByte{false};
  std::atomic<uint64_t> written{0};
  std::atomic<bool> isFetched{false};
  // Guarded by mutex: when any connection got its first byte; what went wrong, if anything.
  Clock::time_point firstByte{};
  std::string error;

  uint64_t pieceCount() const { return (size + pieceLength - 1) / pieceLength; }
  uint64_t lengthOf(uint64_t piece) const {
    return std::min(pieceLength, size - piece * pieceLength);
  }

  void onFirstByte() {
    const std::lock_guard<std::mutex> lock(mutex);
    if (!hasFirstByte) firstByte = Clock::now();
    hasFirstByte = true;
  }
};

int connectTo(uint16_t port) {
  const int fd = socket(AF_INET, SOCK_STREAM, 0);
  const sockaddr_in address = loopback(port);
  if (connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) fail("connect");
  const int on = 1;
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  return fd;
}

// Receives one piece, hashing what has come while it is still in the processor's cache.
void receivePiece(Fetch& fetch, int socket, uint64_t length, char* buffer, Sha1& sha1) {
  for (uint64_t at = 0; at < length;) {
    const ssize_t got = recv(socket, buffer + at, std::min<uint64_t>(length - at, kReceiveBytes), 0);
    if (got <= 0) fail("recv");
    if (!fetch.hasFirstByte) fetch.onFirstByte();
    sha1.update(buffer + at, static_cast<size_t>(got));
    at += static_cast<uint64_t>(got);
  }
}

void fetchPieces(Fetch& fetch) {
  const int socket = connectTo(fetch.port);
  std::vector<char> buffer(fetch.pieceLength);
  std::vector<uint64_t> inFlight;
  unsigned char digest[kDigestLength];
  Sha1 sha1;
  const auto ask = [&] {
    const uint64_t piece = fetch.nextPiece.fetch_add(1);
    if (piece >= fetch.pieceCount()) return;
    const Request wanted{piece * fetch.pieceLength, fetch.lengthOf(piece)};
    sendAll(socket, &wanted, sizeof wanted);
    inFlight.push_back(piece);
  };
  for (int i = 0; i < kPiecesInFlight; ++i) ask();
  while (!inFlight.empty()) {
    const uint64_t piece = inFlight.front();
    inFlight.erase(inFlight.begin());
    receivePiece(fetch, socket, fetch.lengthOf(piece), buffer.data(), sha1);
    ask();
    sha1.finish(digest);
    if (std::memcmp(digest, &fetch.hashes[piece * kDigestLength], kDigestLength) != 0) {
      throw std::runtime_error("piece " + std::to_string(piece) + " does not match its hash");
    }
    writeAll(fetch.file, buffer.data(), fetch.lengthOf(piece), piece * fetch.pieceLength);
    fetch.written += fetch.lengthOf(piece);
  }
  close(socket);
}

void runThreads(uint64_t count, std::string& error, std::mutex& mutex, void (*work)(void*), void* state) {
  std::vector<std::thread> threads;
  for (uint64_t i = 0; i < count; ++i) {
    threads.emplace_back([&] {
      try {
        work(state);
      } catch (const std::exception& problem) {
        const std::lock_guard<std::mutex> lock(mutex);
        error = problem.what();
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  if (!error.empty()) throw std::runtime_error(error);
}

// Syncs the file while it grows, so that its end waits for little.
void syncWhileFetched(Fetch& fetch, uint64_t every) {
  for (uint64_t synced = 0; !fetch.isFetched;) {
    const uint64_t written = fetch.written;
    if (written - synced < every) {
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
      continue;
    }
    fdatasync(fetch.file);
    synced = written;
  }
}

int fetchFile(Clock::time_point started, int argc, char** argv) {
  Fetch fetch;
  fetch.port = static_cast<uint16_t>(number(argv[2]));
  fetch.file = openFile(argv[3], O_RDWR | O_CREAT | O_TRUNC);
  fetch.size = number(argv[4]);
  fetch.pieceLength = number(argv[5]);
  fetch.hashes.resize(fetch.pieceCount() * kDigestLength);
  const int hashes = openFile(argv[7], O_RDONLY);
  readAll(hashes, reinterpret_cast<char*>(fetch.hashes.data()), fetch.hashes.size(), 0);
  if (ftruncate(fetch.file, static_cast<off_t>(fetch.size)) != 0) fail("ftruncate");
  const bool isSynced = argc > 8;
  const uint64_t syncEvery = isSynced ? number(argv[8]) : 0;
  std::thread syncer;
  if (syncEvery > 0) syncer = std::thread([&] { syncWhileFetched(fetch, syncEvery); });
  runThreads(number(argv[6]), fetch.error, fetch.mutex,
             [](void* state) { fetchPieces(*static_cast<Fetch*>(state)); }, &fetch);
  fetch.isFetched = true;
  if (syncer.joinable()) syncer.join();
  if (isSynced && fdatasync(fetch.file) != 0) fail("fdatasync");
  const Clock::time_point last = Clock::now();
  if (close(fetch.file) != 0) fail("close");
  std::printf("{\"bytes\":%llu,\"connectMs\":%.3f,\"steadyMs\":%.3f,\"coldMs\":%.3f}\n",
              static_cast<unsigned long long>(fetch.size), msBetween(started, fetch.firstByte),
              msBetween(fetch.firstByte, last), msBetween(started, Clock::now()));
  return 0;
}

// What the threads of one hashing share.
struct Hashing {
  int file;
  uint64_t size;
  uint64_t pieceLength;
  std::vector<unsigned char> hashes;
  std::atomic<uint64_t> nextPiece{0};
  std::mutex mutex;
  std::string error;
};

void hashPieces(Hashing& hashing) {
  std::vector<char> buffer(kReceiveBytes);
  Sha1 sha1;
  const uint64_t count = hashing.hashes.size() / kDigestLength;
  for (uint64_t piece; (piece = hashing.nextPiece.fetch_add(1)) < count;) {
    uint64_t at = piece * hashing.pieceLength;
    const uint64_t end = std::min(at + hashing.pieceLength, hashing.size);
    while (at < end) {
      const size_t length = std::min<uint64_t>(end - at, buffer.size());
      readAll(hashing.file, buffer.data(), length, at);
      sha1.update(buffer.data(), length);
      at += length;
    }
    sha1.finish(&hashing.hashes[piece * kDigestLength]);
  }
}

int hashFile(Clock::time_point started, int argc, char** argv) {
  Hashing hashing;
  hashing.file = openFile(argv[2], O_RDONLY);
  hashing.size = sizeOf(hashing.file);
  hashing.pieceLength = number(argv[3]);
  const uint64_t count = (hashing.size + hashing.pieceLength - 1) / hashing.pieceLength;
  hashing.hashes.resize(count * kDigestLength);
  const Clock::time_point first = Clock::now();
  runThreads(number(argv[4]), hashing.error, hashing.mutex,
             [](void* state) { hashPieces(*static_cast<Hashing*>(state)); }, &hashing);
  const Clock::time_point last = Clock::now();
  if (argc > 5) {
    const int out = openFile(argv[5], O_WRONLY | O_CREAT | O_TRUNC);
    writeAll(out, reinterpret_cast<const char*>(hashing.hashes.data()), hashing.hashes.size(), 0);
    close(out);
  }
  std::printf("{\"bytes\":%llu,\"steadyMs\":%.3f,\"coldMs\":%.3f}\n",
              static_cast<unsigned long long>(hashing.size), msBetween(first, last),
              msBetween(started, Clock::now()));
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  const Clock::time_point started = Clock::now();
  std::signal(SIGPIPE, SIG_IGN);
  const std::string mode = argc > 1 ? argv[1] : "";
  try {
    if (mode == "serve" && argc >= 3) {
      return serve(argv[2], argc > 3 && std::string(argv[3]) == "sendfile");
    }
    if (mode == "fetch" && (argc == 8 || argc == 9)) return fetchFile(started, argc, argv);
    if (mode == "hash" && argc >= 5) return hashFile(started, argc, argv);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "error: %s\n", error.what());
    return 1;
  }
  std::fprintf(stderr, "usage: limit serve|fetch|hash ...; see the head of limit.cpp\n");
  return 2;
}
