bind 'set enable-bracketed-paste off'; eval "$(bunsen completion bash)"; echo REA''DY
echo '[' bunsen run  ']' EN''D
echo '[' bunsen run configs/mnist_relu.yaml --set optimizer ']' EN''D
echo '[' bunsen run --set optimizer=adam ']' EN''D
echo '[' bunsen run --set loss=mse --set optimizer.sgd.nesterov=true  ']' EN''D
echo '[' bunsen run configs/mnist_relu.yaml  ']' EN''D
echo '[' bunsen run --set "optimizer=adamw ']' EN''D
echo '[' bunsen sweep --keep-weights b ']' EN''D
echo '[' bunsen check --diagnostics=src/ ']' EN''D
echo '[' bunsen explain BUN04 ']' EN''D
echo '[' bunsen run configs/mnist_relu.yaml --set ~opt ']' EN''D
echo '[' ./bunsen pla ']' EN''D
echo '[' bunsen run nothing ']' EN''D
exit
bind 'set enable-bracketed-paste off'; eval "$(bunsen completion bash)"; echo REA''DY
echo '[' ./bunsen plan  ']' EN''D
echo '[' bunsen run nothing ']' EN''D
echo '[' bunsen run configs/mnist_relu.yaml --set "~optimizer" ']' EN''D
echo '[' bunsen run --set "optimizer=adamw" " ']' EN''D
echo '[' bunsen run --set 'optimizer.sgd.nest' ']' EN''D
echo '[' bunsen list --results results/ ']' EN''D
echo '[' bunsen predict fashion-m ']' EN''D
echo '[' bunsen diff configs/fashion_mlp.yaml  ']' EN''D
echo '[' nix; bunsen run --device c ']' EN''D
exit
bind 'set enable-bracketed-paste off'; eval "$(bunsen completion bash)"; echo REA''DY
echo '[' bunsen run --set "optimizer=adamw"  ']' EN''D
echo '[' bunsen run --set optimizer.sgd.nesterov=true  ']' EN''D
echo '[' bunsen list --results results/ ']' EN''D
echo '[' bunsen predict fashion-mlp  ']' EN''D
echo '[' bunsen diff configs/fashion_mlp.yaml  ']' EN''D
echo '[' nix; bunsen run --device c ']' EN''D
echo '[' bunsen run -- configs/mnist_relu.yaml  ']' EN''D
echo '[' bunsen check configs/mnist_relu.yaml --set=optimizer.adam.lr= ']' EN''D
exit
bind 'set enable-bracketed-paste off'; eval "$(bunsen completion bash)"; echo REA''DY
echo '[' bunsen sweep --keep-weights best  ']' EN''D
echo '[' bunsen check --diagnostics=sarif  ']' EN''D
echo '[' bunsen explain BUN041  ']' EN''D
echo '[' bunsen run configs/mnist_relu.yaml --set ~optimizer ']' EN''D
