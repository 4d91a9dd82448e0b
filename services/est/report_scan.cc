#include "services/est/report_scan.h"

#include <array>
#include <map>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "google/protobuf/descriptor.h"
#include "vaka/event/v1/event.pb.h"

namespace vaka::est {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::internal::IsStructurallyValidUTF8;

// Where what was read belongs.
enum class Part : uint8_t {
  kNone,
  kKommun,
  kReported,
  kCorrected,
  kId,
  kCategory,
  kDistrict,
  kAgency,
  kInsecurity,
  kObservedFrom,
  kObservedTo,
  kReportedAt,
};

constexpr std::pair<const char*, Part> kParts[] = {
    {"vaka.event.v1.Event.kommun", Part::kKommun},
    {"vaka.event.v1.Event.incident_reported", Part::kReported},
    {"vaka.event.v1.Event.incident_corrected", Part::kCorrected},
    {"vaka.intake.v1.Incident.id", Part::kId},
    {"vaka.intake.v1.Incident.category", Part::kCategory},
    {"vaka.intake.v1.Where.district", Part::kDistrict},
    {"vaka.intake.v1.Incident.source_agency", Part::kAgency},
    {"vaka.intake.v1.Incident.insecurity", Part::kInsecurity},
    {"vaka.intake.v1.Incident.observed_from", Part::kObservedFrom},
    {"vaka.intake.v1.Incident.observed_to", Part::kObservedTo},
    {"vaka.intake.v1.Incident.reported_at", Part::kReportedAt},
};

// As the wire has them.
enum class Kind : uint8_t { kVarint, kEight, kFour, kText, kBytes, kTime, kMessage };

struct Shape;

struct Field {
  Kind kind = Kind::kVarint;
  Part part = Part::kNone;
  uint8_t bit = 0;  // of those seen
  const Shape* inner = nullptr;
};

// A message type's fields that are taken. The field with number n is fields[at[n] - 1].
struct Shape {
  std::array<uint8_t, 256> at{};
  std::vector<Field> fields;
};

constexpr uint8_t kOneof = 63;  // the bit of all fields of a oneof

std::optional<Kind> KindOf(const FieldDescriptor& field) {
  if (field.is_repeated()) return std::nullopt;
  switch (field.type()) {
    case FieldDescriptor::TYPE_INT32:
    case FieldDescriptor::TYPE_INT64:
    case FieldDescriptor::TYPE_UINT32:
    case FieldDescriptor::TYPE_UINT64:
    case FieldDescriptor::TYPE_BOOL:
    case FieldDescriptor::TYPE_ENUM:
      return Kind::kVarint;
    case FieldDescriptor::TYPE_DOUBLE:
      return Kind::kEight;
    case FieldDescriptor::TYPE_FLOAT:
      return Kind::kFour;
    case FieldDescriptor::TYPE_STRING:
      return Kind::kText;
    case FieldDescriptor::TYPE_BYTES:
      return Kind::kBytes;
    case FieldDescriptor::TYPE_MESSAGE:
      return field.message_type()->full_name() == "google.protobuf.Timestamp" ? Kind::kTime
                                                                              : Kind::kMessage;
    default:
      return std::nullopt;
  }
}

Part PartOf(const FieldDescriptor& field) {
  for (const auto& [name, part] : kParts) {
    if (field.full_name() == name) return part;
  }
  return Part::kNone;
}

// The shapes of an Event with a report in it, made once.
class Shapes {
 public:
  Shapes() : event_(Of(*event::v1::Event::descriptor())) {}
  const Shape& event() const { return *event_; }

 private:
  const Shape* Of(const Descriptor& type) {
    auto& shape = shapes_[&type];
    if (shape != nullptr) return shape.get();
    shape = std::make_unique<Shape>();
    Shape& made = *shape;
    for (int i = 0; i < type.field_count(); ++i) {
      const FieldDescriptor& field = *type.field(i);
      const std::optional<Kind> kind = KindOf(field);
      const Part part = PartOf(field);
      const bool choice = field.real_containing_oneof() != nullptr;
      const bool wanted = !choice || part == Part::kReported || part == Part::kCorrected;
      if (!kind.has_value() || !wanted || field.number() >= 256 || made.fields.size() >= kOneof) {
        continue;
      }
      const auto bit = static_cast<uint8_t>(choice ? kOneof : made.fields.size());
      made.fields.push_back({*kind, part, bit, nullptr});
      made.at[static_cast<size_t>(field.number())] = static_cast<uint8_t>(made.fields.size());
      if (*kind == Kind::kMessage) {
        const Shape* inner = Of(*field.message_type());
        made.fields[made.at[static_cast<size_t>(field.number())] - size_t{1}].inner = inner;
      }
    }
    return &made;
  }

  std::map<const Descriptor*, std::unique_ptr<Shape>> shapes_;
  const Shape* const event_;
};

// What a scan fills.
struct Scan {
  ScannedReport& report;
  absl::FunctionRef<void(absl::string_view)> has_id;
};

// What reads takes where it begins and where the message ends, and says where it ended: null when
// the bytes are damaged or out of the ordinary. REQUIRES, of the first byte read: at < end.

const char* ReadLongVarint(const char* at, const char* end, uint64_t& value) {
  value = 0;
  for (int shift = 0; shift < 63 && at < end; shift += 7) {
    const auto byte = static_cast<uint8_t>(*at++);
    value |= uint64_t{byte & 0x7fU} << shift;
    if (byte < 0x80) return at;
  }
  // The tenth byte is a negative number's, and holds one bit.
  if (at >= end || *at != 1) return nullptr;
  value |= uint64_t{1} << 63;
  return at + 1;
}

inline const char* ReadVarint(const char* at, const char* end, uint64_t& value) {
  if (at == end) return nullptr;
  value = static_cast<uint8_t>(*at);
  return value < 0x80 ? at + 1 : ReadLongVarint(at, end, value);
}

// Of fields below 256. A longer way of writing one is out of the ordinary.
inline const char* ReadTag(const char* at, const char* end, uint32_t& tag) {
  tag = static_cast<uint8_t>(*at++);
  if (tag < 0x80) return at;
  if (at == end || static_cast<uint8_t>(*at) >= 0x80) return nullptr;
  tag = (tag & 0x7fU) | static_cast<uint32_t>(*at) << 7;
  return at + 1;
}

inline const char* ReadPiece(const char* at, const char* end, absl::string_view& piece) {
  uint64_t size = 0;
  const char* const begin = ReadVarint(at, end, size);
  if (begin == nullptr || begin - at > 3 || size > static_cast<uint64_t>(end - begin)) {
    return nullptr;
  }
  piece = absl::string_view(begin, static_cast<size_t>(size));
  return begin + size;
}

// Nearly all are plain ASCII.
bool IsText(absl::string_view piece) {
  char any = 0;
  for (const char c : piece) any |= c;
  return (any & 0x80) == 0 || IsStructurallyValidUTF8(piece.data(), static_cast<int>(piece.size()));
}

bool ScanTime(absl::string_view bytes, ScannedTime& time) {
  constexpr char kSeconds = 1 << 3, kNanos = 2 << 3;
  const char* at = bytes.data();
  const char* const end = at + bytes.size();
  time.set = true;
  uint64_t value = 0;
  if (at < end && *at == kSeconds) {
    at = ReadVarint(at + 1, end, value);
    if (at == nullptr) return false;
    time.seconds = static_cast<int64_t>(value);
  }
  if (at < end && *at == kNanos) {
    at = ReadVarint(at + 1, end, value);
    if (at == nullptr) return false;
    time.nanos = static_cast<int32_t>(value);
  }
  return at == end;
}

void SetText(Part part, absl::string_view text, Scan& scan) {
  if (part == Part::kKommun) scan.report.kommun = text;
  if (part == Part::kId) scan.has_id(scan.report.id = text);
  if (part == Part::kCategory) scan.report.category = text;
  if (part == Part::kDistrict) scan.report.district = text;
  if (part == Part::kAgency) scan.report.source_agency = text;
}

bool SetTime(Part part, absl::string_view bytes, Scan& scan) {
  ScannedTime other;
  ScannedTime& time = part == Part::kObservedFrom ? scan.report.observed_from
                      : part == Part::kObservedTo ? scan.report.observed_to
                      : part == Part::kReportedAt ? scan.report.reported_at
                                                  : other;
  return ScanTime(bytes, time);
}

bool ScanMessage(const Shape& shape, absl::string_view bytes, uint64_t& seen, Scan& scan);

// Takes what the message says of a piece.
bool TakePiece(const Field& field, absl::string_view piece, Scan& scan) {
  switch (field.kind) {
    case Kind::kText:
      if (!IsText(piece)) return false;
      SetText(field.part, piece, scan);
      return true;
    case Kind::kTime:
      return SetTime(field.part, piece, scan);
    case Kind::kMessage: {
      uint64_t seen = 0;
      if (field.part == Part::kCorrected) scan.report.corrected = true;
      return ScanMessage(*field.inner, piece, seen, scan);
    }
    default:
      return true;
  }
}

inline const char* ScanField(const Field& field, uint32_t wire, const char* at, const char* end,
                             Scan& scan) {
  constexpr uint32_t kWireVarint = 0, kWireEight = 1, kWirePiece = 2, kWireFour = 5;
  switch (field.kind) {
    case Kind::kVarint: {
      uint64_t value = 0;
      if (wire != kWireVarint) return nullptr;
      at = ReadVarint(at, end, value);
      if (field.part == Part::kInsecurity) scan.report.insecurity = value != 0;
      return at;
    }
    case Kind::kEight:
    case Kind::kFour: {
      const ptrdiff_t size = field.kind == Kind::kEight ? 8 : 4;
      if (wire != (size == 8 ? kWireEight : kWireFour) || end - at < size) return nullptr;
      return at + size;
    }
    default: {
      absl::string_view piece;
      if (wire != kWirePiece) return nullptr;
      at = ReadPiece(at, end, piece);
      return at != nullptr && TakePiece(field, piece, scan) ? at : nullptr;
    }
  }
}

bool ScanMessage(const Shape& shape, absl::string_view bytes, uint64_t& seen, Scan& scan) {
  const char* at = bytes.data();
  const char* const end = at + bytes.size();
  uint64_t bits = 0;
  while (at < end) {
    uint32_t tag = 0;
    at = ReadTag(at, end, tag);
    if (at == nullptr || (tag >> 3) >= shape.at.size()) return false;
    const uint8_t place = shape.at[tag >> 3];
    if (place == 0) return false;
    const Field& field = shape.fields[place - size_t{1}];
    const uint64_t bit = uint64_t{1} << field.bit;
    if ((bits & bit) != 0) return false;
    at = ScanField(field, tag & 7, at, end, scan);
    if (at == nullptr) return false;
    bits |= bit;
  }
  seen = bits;
  return true;
}

}  // namespace

bool ScanReport(absl::string_view bytes, ScannedReport& report,
                absl::FunctionRef<void(absl::string_view)> has_id) {
  static const auto& shapes = *new Shapes();
  Scan scan{report, has_id};
  uint64_t seen = 0;
  return ScanMessage(shapes.event(), bytes, seen, scan) && (seen & uint64_t{1} << kOneof) != 0;
}

}  // namespace vaka::est
