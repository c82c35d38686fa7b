# SPDX-License-Identifier: MIT
function __fish_dilih
    set -l words (commandline -opc)
    string match -q -- '-*' (commandline -ct); and set -a words (commandline -ct)
    $words --generate-bash-completion 2>/dev/null
end
complete -c dilih -a '(__fish_dilih)'
