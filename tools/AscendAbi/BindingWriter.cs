using System.Text;

namespace Pure.Tuner.AscendAbi;

/// <summary>Writes the fields of <c>Acl</c>: a typed function pointer for each symbol, null where the library has none.</summary>
public static class BindingWriter
{
    /// <summary>The text of Acl.g.cs.</summary>
    public static string Write(IReadOnlyList<AbiFunction> functions)
    {
        var text = new StringBuilder("""
            // Written by tools/AscendAbi from its abi.tsv. Changes belong there.
            #nullable enable
            #pragma warning disable CS1591, IDE1006 // the names are the library's own

            namespace Pure.Tuner.Ascend;

            internal sealed unsafe partial class Acl
            {

            """);
        foreach (AbiFunction f in functions) text.Append($"    public readonly {Pointer(f)} {f.Name};\n");
        text.Append("""

                private Acl(ISymbols symbols)
                {

            """);
        foreach (AbiFunction f in functions) text.Append($"        {f.Name} = ({Pointer(f)})Find(symbols, \"{f.Library}\", \"{f.Name}\");\n");
        return text.Append("    }\n}\n").ToString();
    }

    /// <summary>The pointer's type.</summary>
    public static string Pointer(AbiFunction f) => $"delegate* unmanaged[Cdecl]<{string.Join(", ", f.Parameters.Select(p => p.Type).Append(CTypes.Of(f.ReturnType)))}>";
}
