// Any bytes from a caller of the gateway: the connection always ends, every request that is handed
// over is bounded and plain, every answer is one, and how the bytes are cut into packets makes no
// difference.
#include <sys/socket.h>
#include <unistd.h>

#include <boost/asio/io_context.hpp>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "services/gateway/http_session.h"
#include "tests/fuzz/tape.h"

namespace vaka::fuzz {
namespace {

using gateway::Chunk;
using gateway::HttpRequest;
using gateway::HttpResponse;

constexpr size_t kHeaderLimit = 1024;
constexpr size_t kBodyLimit = 256;

bool IsPlain(absl::string_view text) {
  return text.find_first_of(absl::string_view("\r\n\0", 3)) == absl::string_view::npos;
}

// Takes what a path asks for: a refusal before the body, a stream, no answer at all, or an answer.
class Handler final : public gateway::HttpHandler {
 public:
  gateway::HttpVerdict Admit(const HttpRequest& header) override {
    Require(header.body.empty(), "a header has no body");
    if (absl::StartsWith(header.path, "/refused")) return {0, Answer(403)};
    return {kBodyLimit, std::nullopt};
  }

  void Handle(std::shared_ptr<gateway::HttpExchange> exchange) override {
    const HttpRequest& request = exchange->request();
    Check(request);
    absl::StrAppend(&seen_, request.method, " ", request.path, "?", request.query, "\n");
    for (const auto& [name, value] : request.headers)
      absl::StrAppend(&seen_, name, ":", value, "\n");
    absl::StrAppend(&seen_, request.body.size(), ":", request.body, "\n");
    if (absl::StartsWith(request.path, "/dropped")) return;
    if (!absl::StartsWith(request.path, "/stream")) return exchange->Respond(Answer(200));
    exchange->Begin(Answer(200));
    const Chunk chunk = std::make_shared<const std::string>(request.body);
    exchange->Write({chunk, chunk}, [exchange](bool written) {
      if (written) exchange->End();
    });
  }

  HttpResponse Broken(int status, absl::string_view) override {
    Require((status >= 400 && status < 500) || status == 501,
            "what cannot be read is the caller's fault, or a transfer coding that is not ours");
    return Answer(status);
  }

  void Stuck() override {}

  // All that was handed over, in order.
  const std::string& seen() const { return seen_; }

 private:
  static HttpResponse Answer(int status) {
    return {status, {{"X-Of", "fuzz"}}, std::make_shared<const std::string>("answer")};
  }

  static void Check(const HttpRequest& request) {
    Require(!request.method.empty() && IsPlain(request.method), "a method is a word");
    Require(IsPlain(request.path) && IsPlain(request.query), "a path is one line");
    Require(request.path.find('?') == std::string::npos, "a path ends at its query");
    Require(request.body.size() <= kBodyLimit, "a body is no longer than admitted");
    Require(request.remote == "caller", "who calls is not the caller's to say");
    size_t bytes = 0;
    for (const auto& [name, value] : request.headers) {
      bytes += name.size() + value.size();
      Require(!name.empty() && IsPlain(name) && IsPlain(value), "a header is one line");
      for (const char c : name) Require(c < 'A' || c > 'Z', "names are in lower case");
    }
    Require(bytes <= kHeaderLimit, "headers are no longer than admitted");
  }

  std::string seen_;
};

// Writes all of `bytes` in pieces of `piece`, hangs up, and lets the session run out. The answers.
std::string Serve(absl::string_view bytes, size_t piece, Handler& handler) {
  int ends[2];
  Require(socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == 0, "a pair of sockets");
  auto io = std::make_shared<boost::asio::io_context>();
  bool closed = false;
  const gateway::HttpOptions options = {.header_bytes = kHeaderLimit};
  {
    boost::asio::ip::tcp::socket socket(*io);
    socket.assign(boost::asio::ip::tcp::v4(), ends[0]);
    std::make_shared<gateway::HttpSession>(io, std::move(socket), options, handler, "caller",
                                           [&closed] { closed = true; })
        ->Start();
  }
  std::string answers;
  const auto listen = [&] {
    char buffer[4096];
    ssize_t n = 0;
    while ((n = recv(ends[1], buffer, sizeof(buffer), MSG_DONTWAIT)) > 0)
      answers.append(buffer, static_cast<size_t>(n));
  };
  while (!bytes.empty()) {
    const absl::string_view next = bytes.substr(0, piece);
    if (send(ends[1], next.data(), next.size(), MSG_NOSIGNAL | MSG_DONTWAIT) < 0) break;
    bytes.remove_prefix(next.size());
    io->poll();
    listen();
  }
  shutdown(ends[1], SHUT_WR);
  for (int turn = 0; !closed && turn < 1000; ++turn) {
    io->poll();
    listen();
  }
  listen();
  Require(closed, "a connection whose caller has hung up ends");
  close(ends[1]);
  return answers;
}

}  // namespace
}  // namespace vaka::fuzz

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace vaka::fuzz;
  if (size == 0) return 0;
  const absl::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  Handler at_once;
  const std::string answers = Serve(bytes, bytes.size() + 1, at_once);
  Require(answers.empty() || absl::StartsWith(answers, "HTTP/1.1 "), "an answer is one of HTTP");
  Handler in_pieces;
  Serve(bytes, data[0] % 64 + 1u, in_pieces);
  Require(at_once.seen() == in_pieces.seen(), "how bytes are cut into packets makes no difference");
  return 0;
}
