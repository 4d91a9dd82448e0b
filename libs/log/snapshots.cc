#include "libs/log/snapshots.h"

#include <zstd.h>

#include <algorithm>
#include <memory>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "libs/base/ids.h"
#include "libs/base/status.h"
#include "libs/log/append_call.h"
#include "libs/log/keys.h"

namespace vaka::log {
namespace {

using redis::Reply;
using Head = Snapshots::Head;

// Of a state, before it is compressed: what Redis takes in a millisecond or two.
constexpr size_t kPiece = size_t{1} << 20;
constexpr size_t kPiecesARead = 16;
constexpr int kMostTries = 10;
constexpr int kLevel = 1;  // states are written far more often than read, and beside the work

constexpr char kLibrary[] = R"lua(#!lua name=vaka_snapshots_1

-- KEYS: a fold's hash. ARGV: id of the pieces; how many; (field, value)… of the head. Makes them
-- the snapshot and drops whatever else is there. Answers how many there are: when it is another
-- number nothing was changed.
local function keep(keys, args)
  local others, have = {}, 0
  for _, field in ipairs(redis.call('HKEYS', keys[1])) do
    if string.sub(field, 1, #args[1] + 1) == args[1] .. ':' then
      have = have + 1
    else
      others[#others + 1] = field
    end
  end
  if have ~= tonumber(args[2]) then return have end
  for i = 1, #others, 1000 do
    redis.call('HDEL', keys[1], unpack(others, i, math.min(i + 999, #others)))
  end
  redis.call('HSET', keys[1], unpack(args, 3))
  return have
end

redis.register_function('vaka_keep_snapshot_1', keep)
)lua";

std::string PieceField(absl::string_view id, size_t index) { return absl::StrCat(id, ":", index); }

const std::vector<std::string>& HeadFields() {
  static const auto& fields =
      *new std::vector<std::string>{"id", "schema", "position", "size", "pieces", "sum", "c"};
  return fields;
}

std::string OwnSum(const Head& head) {
  return Checksum(absl::StrCat(head.id, ":", head.schema, ":", head.position, ":", head.size, ":",
                               head.pieces, ":", head.sum));
}

std::vector<std::string> HeadValues(const Head& head) {
  return {head.id,
          absl::StrCat(head.schema),
          absl::StrCat(head.position),
          absl::StrCat(head.size),
          absl::StrCat(head.pieces),
          head.sum,
          OwnSum(head)};
}

bool ParseHead(const std::vector<Reply>& values, Head* head) {
  head->id = values[0].text;
  head->sum = values[5].text;
  return absl::SimpleAtoi(values[1].text, &head->schema) &&
         absl::SimpleAtoi(values[2].text, &head->position) &&
         absl::SimpleAtoi(values[3].text, &head->size) &&
         absl::SimpleAtoi(values[4].text, &head->pieces) && OwnSum(*head) == values[6].text;
}

absl::Status Damaged(const std::string& key) {
  return absl::DataLossError(absl::StrCat("snapshot ", key, ": the checksum does not match"));
}

absl::Status Compress(ZSTD_CCtx* context, absl::string_view piece, std::string* out) {
  out->resize(ZSTD_compressBound(piece.size()));
  const size_t size =
      ZSTD_compressCCtx(context, out->data(), out->size(), piece.data(), piece.size(), kLevel);
  if (ZSTD_isError(size) != 0) return absl::InternalError(ZSTD_getErrorName(size));
  out->resize(size);
  return absl::OkStatus();
}

}  // namespace

std::string Snapshots::Library() { return kLibrary; }

absl::StatusOr<Reply> Snapshots::Call(const std::string& key, redis::Argv argv) {
  return client_.Command(key, std::move(argv), clock_.Steady() + timeout_);
}

absl::StatusOr<std::optional<Snapshots::Head>> Snapshots::ReadHead(const std::string& key) {
  redis::Argv argv = {"HMGET", key};
  argv.insert(argv.end(), HeadFields().begin(), HeadFields().end());
  VAKA_ASSIGN(const Reply answer, Call(key, std::move(argv)));
  if (answer.elements.size() != HeadFields().size()) {
    return absl::InternalError("log: a malformed answer to HMGET");
  }
  if (answer.elements.front().is_nil()) return std::nullopt;
  Head head;
  if (!ParseHead(answer.elements, &head)) return Damaged(key);
  return head;
}

absl::StatusOr<std::string> Snapshots::ReadState(const std::string& key, const Head& head) {
  std::string state(head.size, '\0');
  size_t filled = 0;
  for (size_t begin = 0; begin < head.pieces; begin += kPiecesARead) {
    redis::Argv argv = {"HMGET", key};
    for (size_t i = begin; i < std::min(head.pieces, begin + kPiecesARead); ++i) {
      argv.push_back(PieceField(head.id, i));
    }
    VAKA_ASSIGN(const Reply pieces, Call(key, std::move(argv)));
    for (const Reply& piece : pieces.elements) {
      const size_t size = ZSTD_decompress(state.data() + filled, head.size - filled,
                                          piece.text.data(), piece.text.size());
      if (ZSTD_isError(size) != 0) return Damaged(key);
      filled += size;
    }
  }
  if (filled != head.size || Checksum(state) != head.sum) return Damaged(key);
  return state;
}

absl::StatusOr<std::optional<Snapshot>> Snapshots::Load(const std::string& kommun,
                                                        const std::string& fold) {
  const std::string key = SnapshotKey(kommun, fold);
  VAKA_ASSIGN(std::optional<Head> head, ReadHead(key));
  for (int tries = 0; head.has_value() && tries < kMostTries; ++tries) {
    absl::StatusOr<std::string> state = ReadState(key, *head);
    if (state.ok()) {
      return Snapshot{
          .schema = head->schema, .position = head->position, .bytes = *std::move(state)};
    }
    if (!absl::IsDataLoss(state.status())) return state.status();
    VAKA_ASSIGN(std::optional<Head> now, ReadHead(key));
    // Unless another process saved meanwhile, whose save dropped the pieces.
    if (now.has_value() && now->id == head->id) return state.status();
    head = std::move(now);
  }
  if (!head.has_value()) return std::nullopt;
  return absl::AbortedError(absl::StrCat(key, " was saved anew whenever it was read"));
}

absl::Status Snapshots::Save(const std::string& kommun, const std::string& fold,
                             const Snapshot& snapshot) {
  const std::string key = SnapshotKey(kommun, fold);
  const absl::string_view bytes = snapshot.bytes;
  const Head head = {.id = RandomId("s"),
                     .schema = snapshot.schema,
                     .position = snapshot.position,
                     .size = bytes.size(),
                     .pieces = (bytes.size() + kPiece - 1) / kPiece,
                     .sum = Checksum(bytes)};
  const std::unique_ptr<ZSTD_CCtx, decltype(&ZSTD_freeCCtx)> context(ZSTD_createCCtx(),
                                                                     &ZSTD_freeCCtx);
  if (context == nullptr) return absl::ResourceExhaustedError("no memory to compress a snapshot");
  for (size_t i = 0; i < head.pieces; ++i) {
    std::string piece;
    VAKA_RETURN_IF_ERROR(Compress(context.get(), bytes.substr(i * kPiece, kPiece), &piece));
    redis::Argv argv = {"HSET", key, PieceField(head.id, i)};
    argv.push_back(std::move(piece));
    VAKA_RETURN_IF_ERROR(Call(key, std::move(argv)).status());
  }
  redis::Argv keep = {"FCALL", "vaka_keep_snapshot_1",   "1", key,
                      head.id, absl::StrCat(head.pieces)};
  const std::vector<std::string> values = HeadValues(head);
  for (size_t i = 0; i < values.size(); ++i) {
    keep.push_back(HeadFields()[i]);
    keep.push_back(values[i]);
  }
  VAKA_ASSIGN(const Reply have, Call(key, std::move(keep)));
  if (have.integer == static_cast<int64_t>(head.pieces)) return absl::OkStatus();
  return absl::AbortedError(absl::StrCat(key, " was saved by another process meanwhile"));
}

}  // namespace vaka::log
