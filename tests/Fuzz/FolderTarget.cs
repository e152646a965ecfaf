namespace Pure.Tuner.Tests;

/// <summary>A folder of good files, of which a case damages one: the input is the file's number and its new bytes.</summary>
internal sealed class FolderTarget
{
    private readonly (string Name, byte[] Good)[] _files;
    private readonly IReadOnlyList<string> _words;
    private readonly int[] _damaged;

    /// <param name="target">The name of the target.</param>
    /// <param name="words">Words of the formats.</param>
    /// <param name="damaged">Files that are damaged; all where none is named.</param>
    /// <param name="files">All files of the folder.</param>
    public FolderTarget(string target, IReadOnlyList<string> words, string[] damaged, params (string Name, byte[] Good)[] files)
    {
        (Folder, _words, _files) = (Fuzzer.Folder(target), words, files);
        _damaged = damaged.Length == 0 ? [.. Enumerable.Range(0, files.Length)] : Array.ConvertAll(damaged, d => Array.FindIndex(files, f => f.Name == d));
        foreach ((string name, byte[] good) in files)
        {
            Directory.CreateDirectory(Path.GetDirectoryName(At(name))!);
            File.WriteAllBytes(At(name), good);
        }
    }

    public string Folder { get; }

    public string At(string name) => Path.Combine(Folder, name);

    /// <summary>The input of a case.</summary>
    public byte[] Make(FuzzRandom random)
    {
        int file = random.Of(_damaged);
        return [(byte)file, .. Damage(_files[file].Name, _files[file].Good, random.Of(_files).Good, _words, random)];
    }

    /// <summary>Damages a file in the way of its format.</summary>
    public static byte[] Damage(string name, byte[] good, byte[] other, IReadOnlyList<string> words, FuzzRandom random) => Path.GetExtension(name) switch
    {
        ".safetensors" => Seeds.DamageSafetensors(good, other, words, random),
        ".json" when !random.One(4) => JsonMutator.Mutate(good, words, random),
        _ => ByteMutator.Mutate(good, other, words, random),
    };

    /// <summary>Puts the damaged file in place, reads, and puts the good one back.</summary>
    public void With(byte[] input, Action read)
    {
        (string name, byte[] good) = _files[input[0]];
        File.WriteAllBytes(At(name), input.AsSpan(1));
        try { read(); }
        finally { File.WriteAllBytes(At(name), good); }
    }
}
