# Completion of emo for fish. In ~/.config/fish/config.fish: emo completion fish | source
function __emo_complete
    set -l command (commandline -opc)[1]
    set -l line (commandline -cp)
    set -l word (commandline -ct)
    set -l option (string match -r -- '^--[a-z-]+=' $word)
    set -l answers (env _EMO_COMPLETE=complete_lines _EMO_LINE="$line" $command 2>/dev/null)
    if set -q answers[1]
        for answer in $answers
            echo -- "$option$answer"
        end
    else
        __fish_complete_path $word
    end
end
complete --command emo --no-files --arguments '(__emo_complete)'
