using System.Text;

namespace Pure.Tuner.AscendAbi;

/// <summary>
/// Writes the methods of <c>OpCall</c>: one for each operator that the backend calls, by the names and in the order of its parameters. What is an
/// object of the library is taken as an argument that was recorded, everything else by value; phase one is a static function of the record,
/// so that it can run later and elsewhere.
/// </summary>
public static class CallWriter
{
    /// <summary>The text of OpCall.g.cs.</summary>
    public static string Write(IReadOnlyList<AbiFunction> operators)
    {
        var text = new StringBuilder("""
            // Written by tools/AscendAbi from its abi.tsv. Changes belong there.
            #nullable enable
            #pragma warning disable CS1591, IDE1006 // the names are the library's own

            namespace Pure.Tuner.Ascend;

            internal sealed unsafe partial class OpCall
            {

            """);
        foreach (AbiFunction f in operators)
        {
            AbiParameter[] all = [.. f.Arguments], objects = [.. all.Where(IsObject)], values = [.. all.Where(p => !IsObject(p))];
            string parameters = string.Join(", ", all.Select(p => $"{(IsObject(p) ? "OpArgument" : p.Type)} {p.SafeName}"));
            text.Append($"    public void aclnn{f.Operator}({parameters})\n    {{\n");
            text.Append($"        Taken([{string.Join(", ", objects.Select(p => p.SafeName))}]);\n");
            foreach (AbiParameter p in values) text.Append($"        Value({(p.Type.EndsWith('*') ? "(long)" : "")}{p.SafeName});\n");
            text.Append($"        Launch(\"{f.Operator}\", _acl.{f.Name}, &Plan{f.Operator}, _acl.aclnn{f.Operator});\n    }}\n\n");
            text.Append($"    private static int Plan{f.Operator}(Acl acl, OpArguments a) => acl.{f.Name}({string.Join(", ", all.Select(p => Read(p, Array.IndexOf(objects, p), objects.Length + Array.IndexOf(values, p))).Append("a.Size").Append("a.Executor"))});\n\n");
        }
        text.Length--;
        return text.Append("}\n").ToString();
    }

    /// <summary>Whether a parameter is an object of the library: a tensor, a scalar, an array, a list.</summary>
    private static bool IsObject(AbiParameter p) => p.Type == "nint";

    private static string Read(AbiParameter p, int ofObjects, int ofValues) => p.Type switch
    {
        "nint" => $"a[{ofObjects}]",
        "long" => $"a.Integer({ofValues})",
        "double" => $"a.Number({ofValues})",
        "float" => $"(float)a.Number({ofValues})",
        _ => $"({p.Type})a.Integer({ofValues})",
    };
}
