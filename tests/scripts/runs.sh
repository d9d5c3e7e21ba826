# runs.sh - sourced by tests that look at training runs: three, written down
# SPDX-License-Identifier: MIT

# write_run WS ID MODEL SETTINGS STAGES: the epochs of its stages, "base:12 module:8 *noise:5" (* a control),
# their curves by rule; ends as the events on standard input say.
write_run() {
  run_dir=$1/runs/$2
  mkdir -p "$run_dir"
  : >"$run_dir/lock"
  printf '{"model":"%s","sampler":"uniform","seed":1,"settings":%s}\n' "$3" "$4" >"$run_dir/config.json"
  awk -v stages="$5" -v id="$2" 'BEGIN {
    count = split(stages, stage, " ")
    for (s = 1; s <= count; s++) {
      split(stage[s], part, ":")
      control = sub(/^\*/, "", part[1]) ? "true" : "false"
      for (k = 1; k <= part[2]; k++) {
        loss = (s > 1 ? 1.1 : 0.4) + 0.3 / k + id / 50
        recall = 0.4 - 0.3 / (k + s + id) - (control == "true") / 9
        parts = sprintf("\"real\":%.4f,\"l2\":%.5f", loss * 0.6, k / 2000)
        if (part[1] != "base" && part[1] != "train")
          parts = parts sprintf(",\"gen\":%.4f,\"align\":%.4f,\"harder\":%.4f", loss * 0.3, 0.3 / k, 1 / k)
        printf "{\"event\":\"epoch\",\"stage\":\"%s\",\"control\":%s,\"epoch\":%d,\"stage_epoch\":%d,", \
          part[1], control, before + k, k
        printf "\"loss\":%.4f,\"parts\":{%s},", loss, parts
        printf "\"valid\":{\"recall@20\":%.4f,\"ndcg@20\":%.4f},\"best\":true,\"seconds\":0.25}\n", recall, recall / 2
      }
      if (control == "false") before += part[2]
    }
  }' >"$run_dir/events.jsonl"
  cat >>"$run_dir/events.jsonl"
}

write_runs() { # WS
  write_run "$1" 1 lightgcn '{}' train:40 <<'END'
{"event":"end","run":"1","valid":{"recall@20":0.3905},"test":{"masks":{"train+valid":{"recall@20":0.3801,"ndcg@20":0.1903}}}}
END
  write_run "$1" 2 neggen '{"epochs":20}' 'base:12 module:8 *noise:5' <<'END'
{"event":"stopped","run":"2","stage":"noise","epoch":25}
END
  write_run "$1" 3 mf '{}' train:6 <<'END'
{"event":"error","text":"the loss is no number any more: a smaller lr may help","code":65}
END
  printf 'train %9d   loss 0.5000\n' 1 2 3 4 5 6 >"$1/runs/3/log"
  printf 'one line with \033[31ma colour\033[0m in it\n' >>"$1/runs/3/log"
}
