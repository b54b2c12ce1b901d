// Loaded in front of the C library (LD_PRELOAD): every sync of a file takes SLOW_SYNC_MS longer, as on a slow disk.
#include <dlfcn.h>
#include <unistd.h>

#include <cstdlib>

namespace {

using Sync = int (*)(int);

int slowly(const char* name, int file) {
  const char* given = std::getenv("SLOW_SYNC_MS");
  usleep(1000 * (given == nullptr ? 100 : std::atoi(given)));
  return reinterpret_cast<Sync>(dlsym(RTLD_NEXT, name))(file);
}

}  // namespace

extern "C" int fsync(int file) { return slowly("fsync", file); }

extern "C" int fdatasync(int file) { return slowly("fdatasync", file); }
