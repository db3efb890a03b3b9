#compdef emo
# Completion of emo for zsh. In ~/.zshrc, after compinit: source <(emo completion zsh)
_emo() {
    local line=${(j: :)words[1,CURRENT]} answer
    local -a values shown
    for answer in "${(@f)$(_EMO_COMPLETE=complete_lines _EMO_LINE=$line $words[1] 2>/dev/null)}"; do
        [[ -n $answer ]] || continue
        values+=("${answer%%$'\t'*}")
        shown+=("${answer/$'\t'/  -- }")
    done
    if (( ! $#values )); then
        _files
        return
    fi
    compset -P '--*='
    compadd -l -d shown -a -- values
}
if [[ $zsh_eval_context[-1] == loadautofunc ]]; then
    _emo "$@"
else
    compdef _emo emo
fi
