#include "tests/support/http_client/http_client.h"

#include <arpa/inet.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"

namespace vaka::gateway {

HttpClient::HttpClient(const std::string& address, bool small_window, const std::string& from) {
  const size_t colon = address.rfind(':');
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_port = htons(static_cast<uint16_t>(std::stoi(address.substr(colon + 1))));
  inet_pton(AF_INET, address.substr(0, colon).c_str(), &to.sin_addr);
  fd_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const int bytes = 4096;
  if (small_window) setsockopt(fd_, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof(bytes));
  sockaddr_in own{};
  own.sin_family = AF_INET;
  if (!from.empty()) {
    inet_pton(AF_INET, from.c_str(), &own.sin_addr);
    bind(fd_, reinterpret_cast<sockaddr*>(&own), sizeof(own));
  }
  if (connect(fd_, reinterpret_cast<sockaddr*>(&to), sizeof(to)) != 0) {
    close(fd_);
    fd_ = -1;
  }
}

HttpClient::~HttpClient() {
  if (fd_ >= 0) close(fd_);
}

void HttpClient::Send(const std::string& bytes) {
  size_t sent = 0;
  while (sent < bytes.size()) {
    const ssize_t n = send(fd_, bytes.data() + sent, bytes.size() - sent, MSG_NOSIGNAL);
    if (n <= 0) return;  // the server may have answered and closed already
    sent += static_cast<size_t>(n);
  }
}

bool HttpClient::Fill() {
  pollfd ready{fd_, POLLIN, 0};
  if (poll(&ready, 1, 10'000) <= 0) return false;
  char bytes[16384];
  const ssize_t n = recv(fd_, bytes, sizeof(bytes), 0);
  if (n <= 0) return false;
  buffer_.append(bytes, static_cast<size_t>(n));
  return true;
}

std::string HttpClient::Line() {
  size_t end = 0;
  while ((end = buffer_.find("\r\n")) == std::string::npos) {
    if (!Fill()) return "";
  }
  const std::string line = buffer_.substr(0, end);
  buffer_.erase(0, end + 2);
  return line;
}

std::string HttpClient::Take(size_t n) {
  while (buffer_.size() < n) {
    if (!Fill()) break;
  }
  const std::string taken = buffer_.substr(0, n);
  buffer_.erase(0, taken.size());
  return taken;
}

HttpAnswer HttpClient::ReadHead() {
  HttpAnswer answer;
  const std::string status = Line();
  if (status.size() > 12) answer.status = std::stoi(status.substr(9, 3));
  while (true) {
    const std::string line = Line();
    const size_t colon = line.find(':');
    if (colon == std::string::npos) return answer;
    answer.headers[absl::AsciiStrToLower(line.substr(0, colon))] =
        std::string(absl::StripAsciiWhitespace(line.substr(colon + 1)));
  }
}

std::string HttpClient::ReadChunk() {
  const std::string size = Line();
  if (size.empty()) return "";
  const std::string chunk = Take(std::stoul(size, nullptr, 16));
  Take(2);
  return chunk;
}

HttpAnswer HttpClient::Read() {
  HttpAnswer answer = ReadHead();
  if (answer.headers["transfer-encoding"] == "chunked") {
    for (std::string chunk = ReadChunk(); !chunk.empty(); chunk = ReadChunk()) {
      answer.body += chunk;
    }
  } else if (!answer.headers["content-length"].empty()) {
    answer.body = Take(std::stoul(answer.headers["content-length"]));
  }
  return answer;
}

bool HttpClient::AwaitClose() {
  while (Fill()) buffer_.clear();
  pollfd state{fd_, POLLIN, 0};
  return poll(&state, 1, 0) > 0;  // readable, with nothing to read: closed
}

HttpAnswer HttpClient::Ask(const std::string& method, const std::string& path,
                           const std::map<std::string, std::string>& headers,
                           const std::string& body) {
  std::string request = absl::StrCat(method, " ", path, " HTTP/1.1\r\nHost: vaka\r\n");
  for (const auto& [name, value] : headers) absl::StrAppend(&request, name, ": ", value, "\r\n");
  if (!body.empty() || method == "POST") {
    absl::StrAppend(&request, "Content-Length: ", body.size(), "\r\n");
  }
  Send(absl::StrCat(request, "\r\n", body));
  return Read();
}

}  // namespace vaka::gateway
