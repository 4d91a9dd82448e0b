#include <boost/asio/dispatch.hpp>
#include <boost/asio/post.hpp>

#include "services/gateway/http_session.h"

namespace vaka::gateway {

namespace asio = boost::asio;

// What a stream is written by is dispatched: it mostly runs on the connection's thread already, and
// a round through the queue costs as much as the writing. All three, so that they keep their order.

SessionExchange::~SessionExchange() {
  asio::post(*session_->io_, [session = session_, number = number_] { session->Dropped(number); });
}

void SessionExchange::Respond(HttpResponse response) {
  asio::post(*session_->io_,
             [session = session_, number = number_, response = std::move(response)]() mutable {
               session->Respond(number, std::move(response));
             });
}

void SessionExchange::Begin(HttpResponse head) {
  asio::dispatch(*session_->io_,
                 [session = session_, number = number_, head = std::move(head)]() mutable {
                   session->Begin(number, std::move(head));
                 });
}

void SessionExchange::Write(std::vector<Chunk> chunks, std::function<void(bool)> written) {
  asio::dispatch(*session_->io_, [session = session_, number = number_, chunks = std::move(chunks),
                                  written = std::move(written)]() mutable {
    session->Write(number, std::move(chunks), std::move(written));
  });
}

void SessionExchange::End() {
  asio::dispatch(*session_->io_, [session = session_, number = number_] { session->End(number); });
}

void SessionExchange::Abort() {
  asio::post(*session_->io_, [session = session_, number = number_] {
    if (session->Current(number)) session->CloseNow();
  });
}

void SessionExchange::OnGone(std::function<void()> gone) {
  asio::post(*session_->io_,
             [session = session_, number = number_, gone = std::move(gone)]() mutable {
               session->OnGone(number, std::move(gone));
             });
}

void SessionExchange::Post(std::function<void()> task) {
  asio::post(*session_->io_, std::move(task));
}

}  // namespace vaka::gateway
