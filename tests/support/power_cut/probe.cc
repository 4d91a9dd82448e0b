// Does to files what its arguments say, for the power cut's own test: in turn "write FILE BYTES",
// "stdio FILE BYTES", "sync FILE-OR-FOLDER", "rename FROM TO", "remove FILE", "shorten FILE BYTES".

#include <fcntl.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

namespace {

bool Do(const std::string& what, const std::vector<std::string>& words) {
  if (what == "write") {
    const int fd = open(words[0].c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
    const std::string bytes(std::stoul(words[1]), 'x');
    const bool written = write(fd, bytes.data(), bytes.size()) == ssize_t(bytes.size());
    return close(fd) == 0 && written;
  }
  if (what == "stdio") {
    FILE* file = fopen(words[0].c_str(), "a");
    const std::string bytes(std::stoul(words[1]), 'x');
    const bool written = fwrite(bytes.data(), 1, bytes.size(), file) == bytes.size();
    return fclose(file) == 0 && written;
  }
  if (what == "sync") {
    const int fd = open(words[0].c_str(), O_RDONLY);
    const bool synced = fdatasync(fd) == 0;
    return close(fd) == 0 && synced;
  }
  if (what == "rename") return rename(words[0].c_str(), words[1].c_str()) == 0;
  if (what == "remove") return unlink(words[0].c_str()) == 0;
  return what == "shorten" && truncate(words[0].c_str(), std::stol(words[1])) == 0;
}

}  // namespace

int main(int argc, char** argv) {
  for (int i = 1; i < argc;) {
    const std::string what = argv[i++];
    std::vector<std::string> words;
    const int takes = what == "sync" || what == "remove" ? 1 : 2;
    for (int word = 0; word < takes && i < argc; ++word) words.emplace_back(argv[i++]);
    if (!Do(what, words)) return 1;
  }
  return 0;
}
