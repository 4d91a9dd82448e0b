// As headers_of_libraries.h, and what the tests add.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cmake/headers_of_libraries.h"
