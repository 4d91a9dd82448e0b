#include "libs/sink/http_listener.h"

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

namespace vaka::sink {
namespace {

constexpr size_t kLongestBody = 1 << 20;

bool ReadCall(Connection& connection, HttpCall* call) {
  std::string line;
  if (!connection.ReadLine(&line)) return false;
  const std::vector<std::string> start = absl::StrSplit(line, ' ');
  if (start.size() != 3) return false;
  call->method = start[0];
  call->path = start[1];
  while (connection.ReadLine(&line) && !line.empty()) {
    const std::vector<std::string> header = absl::StrSplit(line, absl::MaxSplits(':', 1));
    if (header.size() != 2) return false;
    call->headers[absl::AsciiStrToLower(header[0])] =
        std::string(absl::StripAsciiWhitespace(header[1]));
  }
  const auto length = call->headers.find("content-length");
  if (length == call->headers.end()) return true;
  size_t bytes = 0;
  if (!absl::SimpleAtoi(length->second, &bytes) || bytes > kLongestBody) return false;
  return connection.ReadBytes(bytes, &call->body);
}

}  // namespace

HttpListener::HttpListener(std::function<HttpAnswer(const HttpCall&)> answer)
    : answer_(std::move(answer)),
      listener_([this](Connection& connection) { Serve(connection); }) {}

void HttpListener::Serve(Connection& connection) {
  for (;;) {
    HttpCall call;
    if (!ReadCall(connection, &call)) return;
    const HttpAnswer answer = answer_(call);
    if (answer.hang) return connection.AwaitClose();
    if (answer.cut) return;
    std::string out =
        absl::StrCat("HTTP/1.1 ", answer.status, " x\r\nContent-Type: ", answer.content_type,
                     "\r\nContent-Length: ", answer.body.size(), "\r\n");
    for (const auto& [name, value] : answer.headers)
      absl::StrAppend(&out, name, ": ", value, "\r\n");
    if (!connection.Write(absl::StrCat(out, "\r\n", answer.body))) return;
  }
}

}  // namespace vaka::sink
