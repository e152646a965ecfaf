namespace Pure.Tuner.Ascend;

/// <summary>Where the library's symbols come from: files that are loaded, or a table in the process.</summary>
internal interface ISymbols
{
    /// <summary>The address of a symbol, 0 where there is none.</summary>
    /// <param name="library">The file that exported it in CANN 8.1; later layouts have it elsewhere.</param>
    /// <param name="name">The symbol.</param>
    nint Find(string library, string name);
}

/// <summary>The functions of ACL and ACLNN that are used. Every pointer may be null: a card or a toolkit may lack it.</summary>
internal sealed unsafe partial class Acl
{
    private readonly List<string> _missing = [];

    /// <summary>Symbols that are used somewhere and that the toolkit does not export.</summary>
    public IReadOnlyList<string> Missing => _missing;

    private nint Find(ISymbols symbols, string library, string name)
    {
        nint address = symbols.Find(library, name);
        if (address == 0) _missing.Add(name);
        return address;
    }

    /// <summary>Looks every symbol up.</summary>
    public static Acl Load(ISymbols symbols) => new(symbols);
}
