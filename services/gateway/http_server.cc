#include "services/gateway/http_server.h"

#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <map>
#include <thread>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "absl/synchronization/mutex.h"
#include "libs/base/log_line.h"
#include "libs/base/status.h"
#include "services/gateway/http_session.h"

namespace vaka::gateway {
namespace {

namespace asio = boost::asio;
using Tcp = asio::ip::tcp;
using Error = boost::system::error_code;

constexpr absl::Duration kStopWithin = absl::Seconds(1);

absl::StatusOr<Tcp::endpoint> Parse(const std::string& address) {
  const size_t colon = address.rfind(':');
  uint32_t port = 0;
  if (colon == std::string::npos || !absl::SimpleAtoi(address.substr(colon + 1), &port) ||
      port > 65535) {
    return absl::InvalidArgumentError(
        absl::StrCat("http address \"", address, "\": must be <ip address>:<port>"));
  }
  absl::string_view host = absl::string_view(address).substr(0, colon);
  if (absl::ConsumePrefix(&host, "[")) absl::ConsumeSuffix(&host, "]");
  if (host == "localhost") host = "127.0.0.1";
  Error failed;
  const auto ip = asio::ip::make_address(std::string(host), failed);
  if (failed) {
    return absl::InvalidArgumentError(
        absl::StrCat("http address \"", address, "\": ", failed.message()));
  }
  return Tcp::endpoint(ip, static_cast<uint16_t>(port));
}

std::string Name(const Tcp::endpoint& endpoint) {
  const std::string ip = endpoint.address().to_string();
  return endpoint.address().is_v6() ? absl::StrCat("[", ip, "]:", endpoint.port())
                                    : absl::StrCat(ip, ":", endpoint.port());
}

}  // namespace

class HttpServer::Impl : public std::enable_shared_from_this<Impl> {
 public:
  Impl(HttpOptions options, HttpHandler& handler, Metrics& metrics)
      : options_(std::move(options)), handler_(handler), metrics_(metrics) {}

  absl::Status Start();
  void Close();
  void Stop();
  const std::string& address() const { return address_; }

 private:
  void Accept();
  void Take(Tcp::socket socket, HttpSession::Strand strand);
  // Whether one more connection of `remote` is within bounds; counts it in any case.
  bool Enter(const std::string& remote, const std::shared_ptr<HttpSession>& session);
  void Leave(const std::string& remote, const HttpSession* session);
  bool Empty() const ABSL_SHARED_LOCKS_REQUIRED(mu_) { return sessions_.empty(); }

  const HttpOptions options_;
  HttpHandler& handler_;
  Metrics& metrics_;
  const std::shared_ptr<asio::io_context> io_ = std::make_shared<asio::io_context>();
  Tcp::acceptor acceptor_{asio::make_strand(*io_)};
  asio::steady_timer again_{acceptor_.get_executor()};
  std::string address_;
  std::vector<std::thread> threads_;

  absl::Mutex mu_;
  std::map<const HttpSession*, std::weak_ptr<HttpSession>> sessions_ ABSL_GUARDED_BY(mu_);
  std::map<std::string, size_t> per_address_ ABSL_GUARDED_BY(mu_);
};

absl::Status HttpServer::Impl::Start() {
  VAKA_ASSIGN(const Tcp::endpoint endpoint, Parse(options_.address));
  if (!endpoint.address().is_loopback() && !options_.behind_tls_proxy) {
    return absl::FailedPreconditionError(absl::StrCat(
        "http address ", options_.address,
        ": is not loopback; put a proxy that ends TLS in front and say so, or use 127.0.0.1"));
  }
  Error failed;
  acceptor_.open(endpoint.protocol(), failed);
  if (!failed) acceptor_.set_option(Tcp::acceptor::reuse_address(true), failed);
  if (!failed) acceptor_.bind(endpoint, failed);
  if (!failed) acceptor_.listen(asio::socket_base::max_listen_connections, failed);
  if (failed) {
    return absl::UnavailableError(
        absl::StrCat("HTTP cannot listen on ", options_.address, ": ", failed.message()));
  }
  address_ = Name(acceptor_.local_endpoint());
  Accept();
  for (int i = 0; i < options_.threads; ++i) {
    threads_.emplace_back([io = io_] { io->run(); });
  }
  return absl::OkStatus();
}

void HttpServer::Impl::Close() {
  if (threads_.empty()) return;
  asio::post(acceptor_.get_executor(), [self = shared_from_this()] {
    Error ignored;
    self->acceptor_.close(ignored);
    self->again_.cancel();
  });
  std::vector<std::shared_ptr<HttpSession>> open;  // let go of after the lock
  {
    absl::MutexLock lock(&mu_);
    for (const auto& [key, weak] : sessions_) open.push_back(weak.lock());
  }
  for (const auto& session : open) {
    if (session != nullptr) session->Close();
  }
  open.clear();
  {
    absl::MutexLock lock(&mu_);
    mu_.AwaitWithTimeout(absl::Condition(this, &Impl::Empty), kStopWithin);
  }
}

void HttpServer::Impl::Stop() {
  if (threads_.empty()) return;
  Close();
  io_->stop();
  for (std::thread& thread : threads_) thread.join();
  threads_.clear();
  // Handlers that are still queued hold their sessions; running them lets go of these.
  io_->restart();
  io_->poll();
}

void HttpServer::Impl::Accept() {
  HttpSession::Strand strand = asio::make_strand(*io_);
  acceptor_.async_accept(strand,
                         [self = shared_from_this(), strand](Error error, Tcp::socket socket) {
                           if (!self->acceptor_.is_open()) return;
                           if (!error) {
                             self->Take(std::move(socket), strand);
                             return self->Accept();
                           }
                           // Mostly: no file descriptors left. Trying again at once would only burn
                           // the processor.
                           LogError("gateway", "cannot accept a connection: ", error.message());
                           self->again_.expires_after(std::chrono::milliseconds(100));
                           self->again_.async_wait([self](Error stopped) {
                             if (!stopped) self->Accept();
                           });
                         });
}

void HttpServer::Impl::Take(Tcp::socket socket, HttpSession::Strand strand) {
  Error failed;
  const Tcp::endpoint peer = socket.remote_endpoint(failed);
  if (failed) return;  // gone already
  const std::string remote = peer.address().to_string();
  auto key = std::make_shared<const HttpSession*>(nullptr);
  auto session =
      std::make_shared<HttpSession>(io_, std::move(socket), std::move(strand), options_, handler_,
                                    remote, [weak = weak_from_this(), remote, key] {
                                      if (const auto self = weak.lock()) self->Leave(remote, *key);
                                    });
  *key = session.get();
  if (Enter(remote, session)) return session->Start();
  metrics_.Refused(Refusal::kConnections);
  session->Refuse(handler_.Broken(429, "too many connections"));
}

bool HttpServer::Impl::Enter(const std::string& remote,
                             const std::shared_ptr<HttpSession>& session) {
  metrics_.ConnectionOpened();
  absl::MutexLock lock(&mu_);
  sessions_.emplace(session.get(), session);
  return ++per_address_[remote] <= options_.connections_per_address &&
         sessions_.size() <= options_.connections;
}

void HttpServer::Impl::Leave(const std::string& remote, const HttpSession* session) {
  metrics_.ConnectionClosed();
  absl::MutexLock lock(&mu_);
  sessions_.erase(session);
  const auto it = per_address_.find(remote);
  if (it != per_address_.end() && --it->second == 0) per_address_.erase(it);
}

HttpServer::HttpServer(HttpOptions options, HttpHandler& handler, Metrics& metrics)
    : impl_(std::make_shared<Impl>(std::move(options), handler, metrics)) {}

HttpServer::~HttpServer() { Stop(); }

absl::Status HttpServer::Start() { return impl_->Start(); }
void HttpServer::Close() { impl_->Close(); }
void HttpServer::Stop() { impl_->Stop(); }
const std::string& HttpServer::address() const { return impl_->address(); }

}  // namespace vaka::gateway
