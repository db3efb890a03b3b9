# Completion of emo for bash 4.4 or later. In ~/.bashrc: eval "$(emo completion bash)"
_emo_completion() {
    local line=${COMP_LINE:0:COMP_POINT} word=${COMP_WORDS[COMP_CWORD]} typed answer
    typed=${line##*[[:space:]]}
    [[ $typed == --*=* ]] && typed=${typed#*=}
    COMPREPLY=()
    while IFS= read -r answer; do
        answer=${answer%%$'\t'*}
        # bash replaces only what follows the last colon.
        [[ $typed == *:* && $COMP_WORDBREAKS == *:* ]] && answer=${answer#"${typed%"${typed##*:}"}"}
        # What is inserted is one word to the shell, whatever is in it.
        case $word in
            \'*) answer=${answer//\'/"'\\''"} ;;
            \"*)
                answer=${answer//\\/\\\\}
                answer=${answer//\"/\\\"}
                answer=${answer//\$/\\\$}
                answer=${answer//\`/\\\`}
                # In double quotes even an escaped one may stand for an earlier command.
                answer=${answer//!/\"\'!\'\"}
                ;;
            *) printf -v answer %q "$answer" ;;
        esac
        COMPREPLY+=("$answer")
    done < <(_EMO_COMPLETE=complete_lines _EMO_LINE=$line "$1" 2>/dev/null)
}
complete -o bashdefault -o default -F _emo_completion emo
