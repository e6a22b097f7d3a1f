// plain_loop.cpp - a training loop as a careful user of LibTorch writes it, and the matrix products alone.
//   plain_loop loop|products softmax|relu EPOCHS FOLDER
// trains on the MNIST files in FOLDER as bench/contestants/race.py says and prints the same line of JSON.
#include <torch/torch.h>
#include <zlib.h>

#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

namespace {

constexpr std::int64_t samples = 60000, batch = 100;

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

[[noreturn]] void stop(const std::string& why) {
  std::fprintf(stderr, "plain_loop: %s\n", why.c_str());
  std::exit(1);
}

/// The bytes behind an IDX file's header, handed on piece by piece: the whole is never held as bytes.
template <class Take>
void read_idx(const std::string& path, unsigned header, std::size_t size, Take take) {
  gzFile file = gzopen(path.c_str(), "rb");
  if (file == nullptr) stop("can't read " + path);
  std::vector<unsigned char> piece(784 * 100);
  if (gzread(file, piece.data(), header) != static_cast<int>(header)) stop(path + " is too short");
  for (std::size_t done = 0; done < size;) {
    const int count = gzread(file, piece.data(), static_cast<unsigned>(std::min(piece.size(), size - done)));
    if (count <= 0) stop(path + " is too short");
    for (int i = 0; i < count; ++i)
      take(done + static_cast<std::size_t>(i), piece[static_cast<std::size_t>(i)]);
    done += static_cast<std::size_t>(count);
  }
  gzclose(file);
}

at::Tensor read_images(const std::string& folder) {
  at::Tensor images = torch::empty({samples, 784});
  float* to = images.data_ptr<float>();
  read_idx(folder + "/train-images-idx3-ubyte.gz", 16, samples * 784,
           [to](std::size_t i, unsigned char byte) { to[i] = static_cast<float>(byte) / 255.0f; });
  return images;
}

at::Tensor read_labels(const std::string& folder) {
  at::Tensor labels = torch::empty({samples}, torch::kLong);
  auto* to = labels.data_ptr<std::int64_t>();
  read_idx(folder + "/train-labels-idx1-ubyte.gz", 8, samples,
           [to](std::size_t i, unsigned char byte) { to[i] = byte; });
  return labels;
}

torch::nn::Sequential network(const std::vector<std::int64_t>& widths) {
  torch::nn::Sequential stack;
  for (std::size_t i = 0; i + 1 < widths.size(); ++i) {
    if (i > 0) stack->push_back(torch::nn::ReLU());
    stack->push_back(torch::nn::Linear(widths[i], widths[i + 1]));
  }
  return stack;
}

void train(const std::vector<std::int64_t>& widths, int epochs, const std::string& folder) {
  const at::Tensor images = read_images(folder), labels = read_labels(folder);
  torch::nn::Sequential stack = network(widths);
  torch::optim::Adam optimizer(stack->parameters(), torch::optim::AdamOptions(1e-3));
  double loss_sum = 0;
  std::string seconds;
  for (int epoch = 0; epoch < epochs; ++epoch) {
    const Clock::time_point start = Clock::now();
    loss_sum = 0;
    const at::Tensor order = torch::randperm(samples, torch::kLong);
    for (const at::Tensor& chosen : order.split(batch)) {
      const at::Tensor output = stack->forward(images.index_select(0, chosen));
      const at::Tensor loss = torch::nn::functional::cross_entropy(output, labels.index_select(0, chosen));
      optimizer.zero_grad();
      loss.backward();
      optimizer.step();
      loss_sum += loss.item<double>();
    }
    seconds += (epoch > 0 ? ", " : "") + std::to_string(seconds_since(start));
  }
  std::printf("{\"seconds\": [%s], \"loss\": %.17g, \"version\": \"LibTorch %s\"}\n", seconds.c_str(),
              loss_sum * batch / samples, TORCH_VERSION);
}

/// One layer's products for a batch: forward, by the weight, and, but for the first layer, by the input.
struct Products {
  Products(std::int64_t inputs, std::int64_t outputs)
      : input(torch::rand({batch, inputs})),
        weight(torch::rand({outputs, inputs})),
        gradient(torch::rand({batch, outputs})),
        output(torch::empty({batch, outputs})),
        by_weight(torch::empty({outputs, inputs})),
        by_input(torch::empty({batch, inputs})) {}
  at::Tensor input, weight, gradient, output, by_weight, by_input;
};

void multiply(const std::vector<std::int64_t>& widths, int epochs) {
  const torch::NoGradGuard no_graph;
  std::vector<Products> layers;
  for (std::size_t i = 0; i + 1 < widths.size(); ++i) layers.emplace_back(widths[i], widths[i + 1]);
  std::string seconds;
  for (int epoch = 0; epoch < epochs; ++epoch) {
    const Clock::time_point start = Clock::now();
    for (std::int64_t step = 0; step < samples / batch; ++step) {
      for (Products& layer : layers) at::mm_out(layer.output, layer.input, layer.weight.t());
      for (std::size_t i = layers.size(); i-- > 0;) {
        at::mm_out(layers[i].by_weight, layers[i].gradient.t(), layers[i].input);
        if (i > 0) at::mm_out(layers[i].by_input, layers[i].gradient, layers[i].weight);
      }
    }
    seconds += (epoch > 0 ? ", " : "") + std::to_string(seconds_since(start));
  }
  std::printf("{\"seconds\": [%s], \"version\": \"LibTorch %s\"}\n", seconds.c_str(), TORCH_VERSION);
}

}  // namespace

int main(int count, char** words) {
  if (count < 5) stop("plain_loop loop|products softmax|relu EPOCHS FOLDER");
  const std::vector<std::int64_t> widths = std::string(words[2]) == "softmax"
                                               ? std::vector<std::int64_t>{784, 10}
                                               : std::vector<std::int64_t>{784, 256, 256, 10};
  torch::set_num_threads(1);
  torch::manual_seed(1);
  if (std::string(words[1]) == "loop")
    train(widths, std::atoi(words[3]), words[4]);
  else
    multiply(widths, std::atoi(words[3]));
  return 0;
}
