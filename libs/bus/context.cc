#include "libs/bus/context.h"

#include <zmq.hpp>

namespace vaka::bus {

Context::Context() : context_(std::make_unique<zmq::context_t>()) {}

Context::~Context() = default;

void Context::Shutdown() { context_->shutdown(); }

}  // namespace vaka::bus
