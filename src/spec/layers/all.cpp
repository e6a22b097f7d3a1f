#include "spec/layers/all.h"

namespace bunsen {

void Repeat::describe(Fields<Repeat>& field) {
  field("times", &Repeat::times)
      .required()
      .at_least(0)
      .at_most(10000)
      .doc("How often the layers stand there.");
  field("layers", &Repeat::layers).required().doc("The layers to repeat.");
}

}  // namespace bunsen
