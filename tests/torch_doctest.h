// torch_doctest.h - doctest beside LibTorch, whose log defines a CHECK of its own that ends the process.
#pragma once

#include <torch/torch.h>
#undef CHECK
#include <doctest/doctest.h>
#undef CHECK
#define CHECK(...) DOCTEST_CHECK(__VA_ARGS__)
