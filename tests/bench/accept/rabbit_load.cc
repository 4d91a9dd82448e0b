#include <amqp.h>
#include <amqp_tcp_socket.h>

#include <algorithm>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/str_cat.h"
#include "tests/bench/accept/peer_loads.h"

namespace vaka::bench {
namespace {

constexpr amqp_channel_t kChannel = 1;
constexpr char kQueue[] = "entries";

absl::Status ToStatus(const amqp_rpc_reply_t& reply, const char* what) {
  if (reply.reply_type == AMQP_RESPONSE_NORMAL) return absl::OkStatus();
  return absl::UnavailableError(absl::StrCat("RabbitMQ, ", what, ": ",
                                             reply.reply_type == AMQP_RESPONSE_LIBRARY_EXCEPTION
                                                 ? amqp_error_string2(reply.library_error)
                                                 : "refused"));
}

absl::Status Open(amqp_connection_state_t connection, int port) {
  amqp_socket_t* socket = amqp_tcp_socket_new(connection);
  if (socket == nullptr || amqp_socket_open(socket, "127.0.0.1", port) != AMQP_STATUS_OK) {
    return absl::UnavailableError("RabbitMQ does not accept a connection");
  }
  absl::Status status = ToStatus(amqp_login(connection, "/", 0, AMQP_DEFAULT_FRAME_SIZE, 0,
                                            AMQP_SASL_METHOD_PLAIN, "guest", "guest"),
                                 "login");
  if (!status.ok()) return status;
  amqp_channel_open(connection, kChannel);
  status = ToStatus(amqp_get_rpc_reply(connection), "channel");
  if (!status.ok()) return status;
  amqp_table_entry_t quorum{};
  quorum.key = amqp_cstring_bytes("x-queue-type");
  quorum.value.kind = AMQP_FIELD_KIND_UTF8;
  quorum.value.value.bytes = amqp_cstring_bytes("quorum");
  amqp_queue_declare(connection, kChannel, amqp_cstring_bytes(kQueue), /*passive=*/0, /*durable=*/1,
                     /*exclusive=*/0, /*auto_delete=*/0, amqp_table_t{1, &quorum});
  status = ToStatus(amqp_get_rpc_reply(connection), "queue");
  if (!status.ok()) return status;
  amqp_confirm_select(connection, kChannel);
  return ToStatus(amqp_get_rpc_reply(connection), "confirms");
}

// How many of the first `sent` messages are confirmed after one more confirmation, `confirmed` of
// them before it. A quorum queue confirms them in the order in which they came, many at once or one
// by one; one that it refuses is an error.
absl::StatusOr<uint64_t> NextConfirmed(amqp_connection_state_t connection, uint64_t confirmed) {
  amqp_frame_t frame;
  if (const int code = amqp_simple_wait_frame(connection, &frame); code != AMQP_STATUS_OK) {
    return absl::UnavailableError(amqp_error_string2(code));
  }
  if (frame.frame_type != AMQP_FRAME_METHOD || frame.payload.method.id != AMQP_BASIC_ACK_METHOD) {
    return absl::InternalError("RabbitMQ answered with something else than a confirmation");
  }
  const auto* ack = static_cast<amqp_basic_ack_t*>(frame.payload.method.decoded);
  const uint64_t now = ack->multiple != 0 ? std::max(confirmed, ack->delivery_tag) : confirmed + 1;
  amqp_maybe_release_buffers(connection);
  return now;
}

}  // namespace

absl::StatusOr<Load> RabbitLoad(const RabbitPeer& peer, size_t under_way, absl::Duration length) {
  const SystemClock clock;
  amqp_connection_state_t connection = amqp_new_connection();
  const absl::Cleanup close = [&] { amqp_destroy_connection(connection); };
  if (absl::Status status = Open(connection, peer.port()); !status.ok()) return status;

  const std::string body(kEntryBytes, 'x');
  amqp_basic_properties_t properties{};
  properties._flags = AMQP_BASIC_DELIVERY_MODE_FLAG;
  properties.delivery_mode = AMQP_DELIVERY_PERSISTENT;
  uint64_t sent = 0, confirmed = 0;
  const absl::Time start = clock.Steady();
  while (clock.Steady() < start + length || confirmed < sent) {
    while (sent - confirmed < under_way && clock.Steady() < start + length) {
      const int code = amqp_basic_publish(
          connection, kChannel, amqp_empty_bytes, amqp_cstring_bytes(kQueue), /*mandatory=*/0,
          /*immediate=*/0, &properties, amqp_bytes_t{body.size(), const_cast<char*>(body.data())});
      if (code != AMQP_STATUS_OK) return absl::UnavailableError(amqp_error_string2(code));
      ++sent;
    }
    if (confirmed == sent) continue;
    const absl::StatusOr<uint64_t> now = NextConfirmed(connection, confirmed);
    if (!now.ok()) return now.status();
    confirmed = *now;
  }
  const Load load{static_cast<double>(sent) / absl::ToDoubleSeconds(clock.Steady() - start)};
  amqp_queue_delete(connection, kChannel, amqp_cstring_bytes(kQueue), 0, 0);
  if (absl::Status status = ToStatus(amqp_get_rpc_reply(connection), "delete"); !status.ok()) {
    return status;
  }
  return load;
}

}  // namespace vaka::bench
