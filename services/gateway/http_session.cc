#include "services/gateway/http_session.h"

#include <sys/socket.h>
#include <sys/uio.h>

#include <algorithm>
#include <boost/asio/post.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/http/read.hpp>
#include <cerrno>
#include <climits>
#include <limits>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "services/gateway/framing.h"
#include "services/gateway/http_status.h"

namespace vaka::gateway {

namespace asio = boost::asio;
namespace http = boost::beast::http;

namespace {

std::string Text(boost::beast::string_view view) { return {view.data(), view.size()}; }

asio::const_buffer BufferOf(const Chunk& chunk) { return asio::buffer(*chunk); }

HttpRequest HeaderOf(const http::request_header<>& header, const std::string& remote) {
  HttpRequest request;
  request.method = Text(header.method_string());
  const std::string target = Text(header.target());
  const size_t question = target.find('?');
  request.path = target.substr(0, question);
  if (question != std::string::npos) request.query = target.substr(question + 1);
  for (const auto& field : header) {
    request.headers.emplace_back(absl::AsciiStrToLower(Text(field.name_string())),
                                 Text(field.value()));
  }
  request.remote = remote;
  return request;
}

}  // namespace

HttpSession::HttpSession(std::shared_ptr<asio::io_context> io, Tcp::socket socket,
                         const HttpOptions& options, HttpHandler& handler, std::string remote,
                         std::function<void()> closed)
    : io_(std::move(io)),
      options_(options),
      handler_(handler),
      remote_(std::move(remote)),
      socket_(std::move(socket)),
      timer_(socket_.get_executor()),
      closed_(std::move(closed)) {}

HttpSession::~HttpSession() {
  if (closed_) closed_();
}

void HttpSession::Start() {
  asio::post(*io_, [self = shared_from_this()] {
    Error ignored;
    self->socket_.set_option(Tcp::no_delay(true), ignored);
    self->ReadRequest(/*first=*/true);
  });
}

void HttpSession::Refuse(HttpResponse response) {
  asio::post(*io_, [self = shared_from_this(), response = std::move(response)]() mutable {
    self->keep_alive_ = false;
    self->SendLast(std::move(response));
  });
}

void HttpSession::Close() {
  asio::post(*io_, [self = shared_from_this()] { self->CloseNow(); });
}

// Waits for the first byte of a request without holding a parser; a caller may idle here.
void HttpSession::ReadRequest(bool first) {
  state_ = State::kIdle;
  waiting_ = true;
  hold_ = nullptr;
  if (buffer_.size() == 0) buffer_.shrink_to_fit();  // thousands may idle
  if (first || buffer_.size() > 0) return ReadHeader();
  Arm(options_.idle_timeout, [this] { CloseNow(); });
  socket_.async_wait(Tcp::socket::wait_read, [self = shared_from_this()](Error error) {
    if (self->state_ == State::kClosed) return;
    if (error) return self->CloseNow();
    self->ReadHeader();
  });
}

void HttpSession::ReadHeader() {
  state_ = State::kHeader;
  parser_.emplace();
  parser_->header_limit(static_cast<std::uint32_t>(options_.header_bytes));
  // Set anew when the header has said what the request is.
  parser_->body_limit(std::numeric_limits<std::uint64_t>::max());
  late_ = false;
  Arm(options_.header_timeout, [this] {
    late_ = true;
    Error ignored;
    socket_.cancel(ignored);
  });
  http::async_read_header(socket_, buffer_, *parser_,
                          [self = shared_from_this()](Error error, size_t) {
                            if (self->state_ != State::kClosed) self->OnHeader(error);
                          });
}

void HttpSession::OnHeader(Error error) {
  if (error) return Broken(error);
  header_ = HeaderOf(parser_->get().base(), remote_);
  keep_alive_ = parser_->get().keep_alive();
  head_only_ = parser_->get().method() == http::verb::head;
  chunked_ = parser_->get().version() >= 11;
  keep_alive_ = keep_alive_ && chunked_;  // of HTTP/1.0 no more than one request a connection
  waiting_ = false;
  if (const Framing framing = CheckFraming(header_, chunked_); framing.status != 0) {
    keep_alive_ = false;
    return SendLast(handler_.Broken(framing.status, framing.why));
  }
  header_.remote = options_.proxies.CallerOf(remote_, Joined(header_, "x-forwarded-for"));
  HttpVerdict verdict = handler_.Admit(header_);
  if (verdict.refusal.has_value()) {
    keep_alive_ = false;
    return SendLast(*std::move(verdict.refusal));
  }
  hold_ = std::move(verdict.hold);
  const auto length = parser_->content_length();
  if (length.has_value() && *length > verdict.body_limit) {
    return Broken(http::error::body_limit);
  }
  parser_->body_limit(verdict.body_limit);
  if (!absl::EqualsIgnoreCase(header_.Header("expect"), "100-continue")) return ReadBody();
  static const Chunk& go_on =
      *new Chunk(std::make_shared<const std::string>("HTTP/1.1 100 Continue\r\n\r\n"));
  Send({BufferOf(go_on)}, {go_on}, [this](bool sent) {
    if (sent) ReadBody();
  });
}

void HttpSession::ReadBody() {
  state_ = State::kBody;
  late_ = false;
  Arm(options_.body_timeout, [this] {
    late_ = true;
    Error ignored;
    socket_.cancel(ignored);
  });
  http::async_read(socket_, buffer_, *parser_, [self = shared_from_this()](Error error, size_t) {
    if (self->state_ != State::kClosed) self->OnBody(error);
  });
}

void HttpSession::OnBody(Error error) {
  if (error) return Broken(error);
  Disarm();
  Handle();
}

void HttpSession::Handle() {
  state_ = State::kHandling;
  ++number_;
  gone_ = nullptr;
  header_.body = std::move(parser_->get().body());
  parser_.reset();
  WatchCaller();
  handler_.Handle(
      std::make_shared<SessionExchange>(shared_from_this(), number_, std::move(header_)));
}

// A caller that hangs up while its request is handled makes the socket readable, with nothing to
// read. Bytes of a next request end the watch: then a hang-up is noticed at the next write. A wait
// may also end for no reason (the event of bytes that are read already): then it goes on.
void HttpSession::WatchCaller() {
  socket_.async_wait(
      Tcp::socket::wait_read, [self = shared_from_this(), number = number_](Error error) {
        if (error == asio::error::operation_aborted || !self->Current(number)) return;
        char byte = 0;
        const ssize_t n = recv(self->socket_.native_handle(), &byte, 1, MSG_PEEK | MSG_DONTWAIT);
        if (n > 0) return;
        if (n < 0 && (errno == EAGAIN || errno == EINTR)) return self->WatchCaller();
        self->CloseNow();
      });
}

// Answers what is no readable request, as far as there is somebody to answer.
void HttpSession::Broken(Error error) {
  keep_alive_ = false;
  if (late_) {
    // Nothing of a request had come: an idle connection, no answer owed.
    if (state_ == State::kHeader && !parser_->got_some()) return CloseNow();
    return SendLast(handler_.Broken(408, "the request did not come in time"));
  }
  if (error == http::error::header_limit) {
    return SendLast(handler_.Broken(431, "the header is too long"));
  }
  if (error == http::error::body_limit) {
    return SendLast(handler_.Broken(413, "the body is too long"));
  }
  const bool unreadable = error.category() == Error(http::error::bad_method).category() &&
                          error != http::error::end_of_stream &&
                          error != http::error::partial_message;
  if (unreadable) {
    return SendLast(handler_.Broken(400, error.message()));
  }
  CloseNow();
}

void HttpSession::Respond(uint64_t number, HttpResponse response) {
  if (!Current(number) || state_ != State::kHandling) return;
  SendLast(std::move(response));
}

// Writes a whole answer, then reads the next request or closes.
void HttpSession::SendLast(HttpResponse response) {
  state_ = State::kWriting;
  gone_ = nullptr;
  const Chunk head = std::make_shared<const std::string>(Head(response, /*chunked=*/false));
  std::vector<asio::const_buffer> buffers = {BufferOf(head)};
  if (response.body != nullptr && !head_only_) buffers.push_back(BufferOf(response.body));
  Send(std::move(buffers), {head, response.body}, [this](bool sent) {
    if (sent) FinishRequest();
  });
}

void HttpSession::Begin(uint64_t number, HttpResponse head) {
  if (!Current(number) || state_ != State::kHandling) return;
  state_ = State::kStreaming;
  // Goes out with the first chunk, which follows at once.
  unsent_head_ = std::make_shared<const std::string>(Head(head, chunked_));
}

void HttpSession::Write(uint64_t number, std::vector<Chunk> chunks,
                        std::function<void(bool)> written) {
  if (!Current(number) || state_ != State::kStreaming) return written(false);
  size_t size = 0;
  for (const Chunk& chunk : chunks) size += chunk->size();
  if (size == 0) return written(true);
  static const Chunk& line_end = *new Chunk(std::make_shared<const std::string>("\r\n"));
  const Chunk length = std::make_shared<const std::string>(absl::StrCat(absl::Hex(size), "\r\n"));
  std::vector<asio::const_buffer> buffers;
  buffers.reserve(chunks.size() + 3);
  const Chunk head = std::exchange(unsent_head_, nullptr);
  if (head != nullptr) buffers.push_back(BufferOf(head));
  if (chunked_) buffers.push_back(BufferOf(length));
  for (const Chunk& chunk : chunks) buffers.push_back(BufferOf(chunk));
  if (chunked_) buffers.push_back(BufferOf(line_end));
  chunks.push_back(length);
  chunks.push_back(head);
  Send(std::move(buffers), std::move(chunks), std::move(written));
}

void HttpSession::End(uint64_t number) {
  if (!Current(number) || state_ != State::kStreaming) return;
  state_ = State::kWriting;
  gone_ = nullptr;
  if (!chunked_) keep_alive_ = false;  // closing is what ends it
  const Chunk head = std::exchange(unsent_head_, nullptr);
  static const Chunk& last = *new Chunk(std::make_shared<const std::string>("0\r\n\r\n"));
  std::vector<asio::const_buffer> buffers;
  if (head != nullptr) buffers.push_back(BufferOf(head));
  if (chunked_) buffers.push_back(BufferOf(last));
  Send(std::move(buffers), {head, last}, [this](bool sent) {
    if (sent) FinishRequest();
  });
}

// The handler let go of the exchange without an answer: our bug, but no connection may hang on it.
void HttpSession::Dropped(uint64_t number) {
  if (!Current(number)) return;
  if (state_ == State::kHandling || state_ == State::kStreaming) CloseNow();
}

void HttpSession::OnGone(uint64_t number, std::function<void()> gone) {
  if (!Current(number)) return gone();
  gone_ = std::move(gone);
}

// Mostly the socket has room: then neither timer nor reactor is asked, which cost more than that.
void HttpSession::Send(std::vector<asio::const_buffer> buffers, std::vector<Chunk> owners,
                       std::function<void(bool)> sent) {
  if (!SendNow(buffers)) return SendRest(std::move(buffers), std::move(owners), std::move(sent));
  ++armed_;  // a timer of the reading before says nothing any more
  sent(true);
}

bool HttpSession::SendNow(std::vector<asio::const_buffer>& buffers) {
  std::vector<iovec> pieces;
  for (const asio::const_buffer& buffer : buffers)
    pieces.push_back({const_cast<void*>(buffer.data()), buffer.size()});
  msghdr message{};
  message.msg_iov = pieces.data();
  message.msg_iovlen = std::min<size_t>(pieces.size(), IOV_MAX);
  const ssize_t n = sendmsg(socket_.native_handle(), &message, MSG_DONTWAIT | MSG_NOSIGNAL);
  auto left = static_cast<size_t>(std::max<ssize_t>(n, 0));  // an error: SendRest meets it again
  while (!buffers.empty() && left >= buffers.front().size()) {
    left -= buffers.front().size();
    buffers.erase(buffers.begin());
  }
  if (!buffers.empty()) buffers.front() += left;
  return buffers.empty();
}

void HttpSession::SendRest(std::vector<asio::const_buffer> buffers, std::vector<Chunk> owners,
                           std::function<void(bool)> sent) {
  Arm(options_.write_timeout, [this] {
    handler_.Stuck();
    CloseNow();
  });
  asio::async_write(socket_, std::move(buffers),
                    [self = shared_from_this(), owners = std::move(owners), sent = std::move(sent)](
                        Error error, size_t) {
                      self->Disarm();
                      const bool ok = !error && self->state_ != State::kClosed;
                      if (!ok) self->CloseNow();
                      sent(ok);
                    });
}

void HttpSession::FinishRequest() {
  ++number_;
  if (!keep_alive_) return LingerAndClose();
  Error ignored;
  socket_.cancel(ignored);  // the watch for the caller
  ReadRequest(/*first=*/false);
}

// Closing with unread bytes would reset the connection and could take the answer with it: says that
// nothing more comes, and reads a little of what the caller still sends.
void HttpSession::LingerAndClose() {
  Error ignored;
  socket_.cancel(ignored);
  socket_.shutdown(Tcp::socket::shutdown_send, ignored);
  Arm(absl::Seconds(1), [this] { CloseNow(); });
  auto scrap = std::make_shared<std::vector<char>>(64 << 10);
  asio::async_read(socket_, asio::buffer(*scrap),
                   [self = shared_from_this(), scrap](Error, size_t) { self->CloseNow(); });
}

void HttpSession::CloseNow() {
  if (state_ == State::kClosed) return;
  state_ = State::kClosed;
  hold_ = nullptr;
  Error ignored;
  timer_.cancel();
  socket_.close(ignored);
  const auto gone = std::move(gone_);
  gone_ = nullptr;
  if (gone) gone();
  const auto closed = std::move(closed_);
  closed_ = nullptr;
  if (closed) closed();
}

void HttpSession::Arm(absl::Duration timeout, std::function<void()> late) {
  const uint64_t armed = ++armed_;
  timer_.expires_after(absl::ToChronoMilliseconds(timeout));
  timer_.async_wait([self = shared_from_this(), armed, late = std::move(late)](Error error) {
    if (!error && armed == self->armed_ && self->state_ != State::kClosed) late();
  });
}

void HttpSession::Disarm() {
  ++armed_;
  timer_.cancel();
}

std::string HttpSession::Head(const HttpResponse& response, bool chunked) const {
  std::string head =
      absl::StrCat("HTTP/1.1 ", response.status, " ", ReasonPhrase(response.status), "\r\n");
  for (const auto& [name, value] : response.headers) {
    absl::StrAppend(&head, name, ": ", value, "\r\n");
  }
  if (chunked) {
    absl::StrAppend(&head, "Transfer-Encoding: chunked\r\n");
  } else if (state_ != State::kStreaming && response.status != 204 && response.status != 304) {
    absl::StrAppend(&head, "Content-Length: ", response.body == nullptr ? 0 : response.body->size(),
                    "\r\n");
  }
  absl::StrAppend(&head, keep_alive_ ? "" : "Connection: close\r\n", "\r\n");
  return head;
}

}  // namespace vaka::gateway
