#pragma once

// For http_server.cc and http_session.cc only: includes Asio.
#include <atomic>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>
#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "services/gateway/http.h"
#include "services/gateway/http_server.h"

namespace vaka::gateway {

class HttpSession;

// What the answer of one request goes through; see HttpExchange. Posts to its session.
class SessionExchange final : public HttpExchange {
 public:
  SessionExchange(std::shared_ptr<HttpSession> session, uint64_t number, HttpRequest request)
      : session_(std::move(session)), number_(number), request_(std::move(request)) {}
  ~SessionExchange() override;

  const HttpRequest& request() const override { return request_; }
  void Respond(HttpResponse response) override;
  void Begin(HttpResponse head) override;
  void Write(std::vector<Chunk> chunks, std::function<void(bool)> written) override;
  void End() override;
  void Abort() override;
  void OnGone(std::function<void()> gone) override;
  void Post(std::function<void()> task) override;

 private:
  const std::shared_ptr<HttpSession> session_;
  const uint64_t number_;
  const HttpRequest request_;
};

// One connection: reads a request, hands it to the handler, writes the answer, and so on until
// either side closes. Everything runs on the one thread of its io context.
class HttpSession final : public std::enable_shared_from_this<HttpSession> {
 public:
  using Tcp = boost::asio::ip::tcp;

  // `io` is run by one thread, and is the socket's too. `closed` runs once, when the connection is
  // closed.
  HttpSession(std::shared_ptr<boost::asio::io_context> io, Tcp::socket socket,
              const HttpOptions& options, HttpHandler& handler, std::string remote,
              std::function<void()> closed);
  ~HttpSession();

  void Start();
  // It is within no request whose header has come, so that closing it takes no answer from anybody.
  // From any thread.
  bool waiting() const { return waiting_; }
  // Chooses it to be closed; true for one who asks while it waits.
  bool GiveUp() { return waiting_.exchange(false); }
  // Answers without reading, and closes: for a connection too many.
  void Refuse(HttpResponse response);
  void Close();  // from any thread

 private:
  friend class SessionExchange;
  enum class State { kIdle, kHeader, kBody, kHandling, kStreaming, kWriting, kClosed };
  using Parser = boost::beast::http::request_parser<boost::beast::http::string_body>;
  using Error = boost::system::error_code;

  void ReadRequest(bool first);
  void ReadHeader();
  void OnHeader(Error error);
  void ReadBody();
  void OnBody(Error error);
  void Handle();
  void WatchCaller();
  void Broken(Error error);

  void Respond(uint64_t number, HttpResponse response);
  void Begin(uint64_t number, HttpResponse head);
  void Write(uint64_t number, std::vector<Chunk> chunks, std::function<void(bool)> written);
  void End(uint64_t number);
  void Dropped(uint64_t number);
  void OnGone(uint64_t number, std::function<void()> gone);
  // Before it returns where the socket takes all at once.
  void Send(std::vector<boost::asio::const_buffer> buffers, std::vector<Chunk> owners,
            std::function<void(bool)> sent);
  void SendRest(std::vector<boost::asio::const_buffer> buffers, std::vector<Chunk> owners,
                std::function<void(bool)> sent);
  // What the socket takes without waiting is taken out of `buffers`. True: that was all.
  bool SendNow(std::vector<boost::asio::const_buffer>& buffers);
  void SendLast(HttpResponse response);
  void FinishRequest();
  void LingerAndClose();
  void CloseNow();

  void Arm(absl::Duration timeout, std::function<void()> late);
  void Disarm();
  bool Current(uint64_t number) const { return number == number_ && state_ != State::kClosed; }
  std::string Head(const HttpResponse& response, bool chunked) const;

  // Constant after construction. The context lives as long as any session, so that a late post is
  // harmless.
  const std::shared_ptr<boost::asio::io_context> io_;
  const HttpOptions& options_;
  HttpHandler& handler_;
  const std::string remote_;

  // The io context's thread's alone.
  Tcp::socket socket_;
  boost::asio::steady_timer timer_;
  uint64_t armed_ = 0;
  boost::beast::flat_buffer buffer_;
  std::optional<Parser> parser_;
  HttpRequest header_;
  State state_ = State::kIdle;
  uint64_t number_ = 0;  // of the request under way
  bool keep_alive_ = false;
  bool head_only_ = false;
  bool chunked_ = false;
  Chunk unsent_head_;
  bool late_ = false;                 // the timer ended the read
  std::shared_ptr<const void> hold_;  // of the body under way
  std::function<void()> gone_;
  std::function<void()> closed_;

  std::atomic<bool> waiting_{true};
};

}  // namespace vaka::gateway
