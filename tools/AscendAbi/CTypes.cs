namespace Pure.Tuner.AscendAbi;

/// <summary>C types of the manifest and what they are in C#. Every width is written down: none is left to marshalling.</summary>
public static class CTypes
{
    private static readonly Dictionary<string, string> s_known = new(StringComparer.Ordinal)
    {
        ["void"] = "void",
        ["bool"] = "byte",
        ["int8_t"] = "sbyte",
        ["uint8_t"] = "byte",
        ["int32_t"] = "int",
        ["uint32_t"] = "uint",
        ["int64_t"] = "long",
        ["uint64_t"] = "ulong",
        ["size_t"] = "nuint",
        ["int"] = "int",
        ["float"] = "float",
        ["double"] = "double",
        ["char"] = "byte",
        ["aclError"] = "int",
        ["aclnnStatus"] = "int",
        ["aclDataType"] = "int",
        ["aclFormat"] = "int",
        ["aclrtMemcpyKind"] = "int",
        ["aclrtMemMallocPolicy"] = "int",
        ["aclrtMemAttr"] = "int",
        ["aclrtRunMode"] = "int",
        ["aclrtEventStatus"] = "int",
        ["aclrtEventRecordedStatus"] = "int",
        ["aclrtStreamStatus"] = "int",
        ["aclSysParamOpt"] = "int",
        ["aclCannAttr"] = "int",
        ["aclDeviceInfo"] = "int",
        ["aclrtFloatOverflowMode"] = "int",
        ["aclrtLastErrLevel"] = "int",
        ["aclCANNPackageName"] = "int",
        ["HcclResult"] = "int",
        ["HcclDataType"] = "int",
        ["HcclReduceOp"] = "int",
        // Handles.
        ["aclrtStream"] = "nint",
        ["aclrtEvent"] = "nint",
        ["aclrtContext"] = "nint",
        ["HcclComm"] = "nint",
    };

    /// <summary>The C# type of a C type without const.</summary>
    /// <exception cref="NotSupportedException">The type has no entry: one must be written by someone who knows its width.</exception>
    public static string Of(string cType)
    {
        if (s_known.TryGetValue(cType, out string? known)) return known;
        if (!cType.EndsWith('*')) throw new NotSupportedException($"{cType}: how wide is it? give it an entry in CTypes.cs");
        string to = cType[..^1];
        if (to.EndsWith('*')) return "nint*";                                // where a pointer is written to
        if (to == "void") return "nint";                                     // memory of a device is a number to us
        if (!s_known.TryGetValue(to, out string? element)) return "nint";    // an object of the library
        return element + "*";
    }
}
