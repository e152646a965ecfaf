using System.Text;

namespace Pure.Tuner.AscendAbi;

/// <summary>
/// Writes the simulator's exports: each symbol forwards to a method of the same name of <c>Runtime</c> if it is no operator; planning an
/// operator goes to <c>Operators.Plan</c> with its arguments as 64 bits each, running it to <c>Operators.Launch</c>.
/// </summary>
public static class ExportWriter
{
    /// <summary>The text of Exports.g.cs.</summary>
    public static string Write(IReadOnlyList<AbiFunction> functions)
    {
        var text = new StringBuilder("""
            // Written by tools/AscendAbi from its abi.tsv. Changes belong there.
            #nullable enable
            #pragma warning disable CS1591, IDE1006 // the names are the library's own

            using System.Runtime.CompilerServices;
            using System.Runtime.InteropServices;

            namespace Pure.Tuner.Ascend.Simulator;

            public static unsafe partial class Exports
            {

            """);
        var operators = functions.Where(f => f.IsPhaseOne).Select(f => f.Operator).ToHashSet(StringComparer.Ordinal);
        foreach (AbiFunction f in functions)
        {
            string parameters = string.Join(", ", f.Parameters.Select(p => $"{p.Type} {p.SafeName}")), names = string.Join(", ", f.Parameters.Select(p => p.SafeName));
            string type = CTypes.Of(f.ReturnType), call;
            if (f.IsPhaseOne) call = $"Operators.Plan(\"{f.Operator}\", [{string.Join(", ", f.Arguments.Select(Bits))}], {f.Parameters[^2].SafeName}, {f.Parameters[^1].SafeName})";
            else if (f.Name.StartsWith("aclnn", StringComparison.Ordinal) && operators.Contains(f.Name["aclnn".Length..])) call = $"Operators.Launch(\"{f.Name["aclnn".Length..]}\", {names})";
            else call = $"Runtime.{f.Name}({names})";
            text.Append($"    [UnmanagedCallersOnly(EntryPoint = \"{f.Name}\", CallConvs = [typeof(CallConvCdecl)])]\n    public static {type} {f.Name}({parameters})\n    {{\n");
            if (type == "void") text.Append($"        try {{ {call}; }}\n        catch (Exception e) {{ Guard.Failed(\"{f.Name}\", e); }}\n    }}\n\n");
            else text.Append($"        try {{ return {call}; }}\n        catch (Exception e) {{ return {(type == "int" ? $"Guard.Failed(\"{f.Name}\", e)" : $"({type})(Guard.Failed(\"{f.Name}\", e) * 0)")}; }}\n    }}\n\n");
        }
        text.Append("    /// <summary>Every export: symbol, library of CANN 8.1, address in this process.</summary>\n    public static (string Name, string Library, nint Address)[] Table =>\n    [\n");
        foreach (AbiFunction f in functions) text.Append($"        (\"{f.Name}\", \"{f.Library}\", (nint)({BindingWriter.Pointer(f)})&{f.Name}),\n");
        text.Append("    ];\n\n    /// <summary>Names and C types of each operator's arguments.</summary>\n    public static readonly Dictionary<string, (string Name, string CType)[]> Signatures = new(StringComparer.Ordinal)\n    {\n");
        foreach (AbiFunction f in functions.Where(f => f.IsPhaseOne))
            text.Append($"        [\"{f.Operator}\"] = [{string.Join(", ", f.Arguments.Select(p => $"(\"{p.Name}\", \"{p.CType}\")"))}],\n");
        return text.Append("    };\n}\n").ToString();
    }

    private static string Bits(AbiParameter p) => p.Type switch
    {
        "float" => $"BitConverter.SingleToUInt32Bits({p.SafeName})",
        "double" => $"BitConverter.DoubleToUInt64Bits({p.SafeName})",
        _ => $"unchecked((ulong){p.SafeName})",
    };
}
