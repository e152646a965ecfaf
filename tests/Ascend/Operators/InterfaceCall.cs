using System.Collections.Concurrent;
using System.Reflection.Emit;
using System.Runtime.InteropServices;
using System.Text;
using Pure.Tuner.Ascend;
using Pure.Tuner.Ascend.Simulator;

namespace Pure.Tuner.Tests;

/// <summary>An operator called by both of its exported functions, as any caller calls it: objects, phase one, workspace, phase two, synchronisation.</summary>
internal static unsafe class InterfaceCall
{
    private static readonly ConcurrentDictionary<string, Func<nint, ulong[], int>> s_callers = new(StringComparer.Ordinal);

    /// <summary>Runs it on a simulated card of its own; the first status that is not 0, and its text.</summary>
    /// <param name="name">The operator.</param>
    /// <param name="values">Arguments by name: tensors in memory of the test, numbers, arrays, text.</param>
    /// <param name="card">The card.</param>
    public static (int Status, string Message) Run(string name, IReadOnlyDictionary<string, object?> values, SimulatorOptions card)
    {
        if (Exports.Table.First(f => f.Name == "aclnn" + name).Library.StartsWith("libopapi_", StringComparison.Ordinal)) card = card with { Cann = "9.0" };
        using var board = new Board(card);
        (string Name, string CType)[] signature = Exports.Signatures[name];
        var blocks = new Dictionary<ulong, nint>();
        var arguments = new ulong[signature.Length + 2];
        List<nint> texts = [];
        for (int i = 0; i < signature.Length; i++) arguments[i] = Bits(board, blocks, texts, signature[i].CType, values.GetValueOrDefault(signature[i].Name));
        ulong size = 0;
        nint executor = 0;
        (arguments[^2], arguments[^1]) = ((ulong)(nint)(&size), (ulong)(nint)(&executor));
        Breaches.Clear();                               // what the arguments themselves broke is not the call's
        IReadOnlyDictionary<string, nint> symbols = Simulator.Symbols(card);
        int status = s_callers.GetOrAdd(name, _ => Caller(signature))(symbols[$"aclnn{name}GetWorkspaceSize"], arguments);
        if (status == 0)
        {
            nint workspace = size == 0 ? 0 : board.Malloc((long)size);
            status = ((delegate* unmanaged[Cdecl]<nint, ulong, nint, nint, int>)symbols["aclnn" + name])(workspace, size, executor, 0);
        }
        if (status == 0) status = board.Acl.aclrtSynchronizeStream(0);
        string message = status == 0 ? "" : board.Message();
        foreach (nint text in texts) Marshal.FreeCoTaskMem(text);
        return (status, message);
    }

    private static ulong Bits(Board board, Dictionary<ulong, nint> blocks, List<nint> texts, string type, object? value)
    {
        switch (type)
        {
            case "aclTensor*": return value is SimTensor t ? (ulong)Tensor(board, blocks, t) : 0;
            case "aclTensorList*":
                if (value is not SimTensor[] { Length: > 0 } list) return 0;
                nint[] elements = [.. list.Select(e => Tensor(board, blocks, e))];
                fixed (nint* e = elements) return (ulong)board.Acl.aclCreateTensorList(e, (ulong)elements.Length);
            case "aclScalar*":
                if (value is null) return 0;
                double number = Convert.ToDouble(value);
                return (ulong)board.Acl.aclCreateScalar((nint)(&number), 11);
            case "aclIntArray*":
                if (value is not long[] values) return 0;
                fixed (long* v = values) return (ulong)board.Acl.aclCreateIntArray(v, (ulong)values.Length);
            case "char*":
                if (value is not string text) return 0;
                texts.Add(Marshal.StringToCoTaskMemUTF8(text));
                return (ulong)texts[^1];
            case "bool": return value is true ? 1ul : 0;
            case "float": return BitConverter.SingleToUInt32Bits(Convert.ToSingle(value ?? 0f));
            case "double": return BitConverter.DoubleToUInt64Bits(Convert.ToDouble(value ?? 0.0));
            default: return unchecked((ulong)Convert.ToInt64(value ?? 0L));
        }
    }

    /// <summary>The same view of memory of the device that holds the same bytes.</summary>
    private static nint Tensor(Board board, Dictionary<ulong, nint> blocks, SimTensor t)
    {
        (ulong start, long bytes) = Device.Block(t.Data);
        if (!blocks.TryGetValue(start, out nint address))
        {
            blocks[start] = address = board.Malloc(Math.Max(1, bytes));
            if (bytes > 0) board.Ok(board.Acl.aclrtMemcpy(address, (nuint)bytes, (nint)start, (nuint)bytes, Board.ToDevice));
        }
        nint made = board.TryTensor(address + (nint)(t.Data - start), t.Shape, (int)t.Type, t.Strides, t.Offset, t.Storage, t.Format);
        if (made == 0) Assert.Fail(board.Message());
        return made;
    }

    /// <summary>A function that calls a pointer with these C types; arguments come as bits.</summary>
    private static Func<nint, ulong[], int> Caller((string Name, string CType)[] signature)
    {
        Type[] types = [.. signature.Select(a => Of(a.CType)), typeof(nint), typeof(nint)];
        var method = new DynamicMethod("call", typeof(int), [typeof(nint), typeof(ulong[])], typeof(InterfaceCall).Module, skipVisibility: true);
        ILGenerator il = method.GetILGenerator();
        for (int i = 0; i < types.Length; i++)
        {
            il.Emit(OpCodes.Ldarg_1);
            il.Emit(OpCodes.Ldc_I4, i);
            il.Emit(OpCodes.Ldelem_I8);
            if (types[i] == typeof(nint)) il.Emit(OpCodes.Conv_I);
            else if (types[i] == typeof(byte)) il.Emit(OpCodes.Conv_U1);
            else if (types[i] == typeof(sbyte)) il.Emit(OpCodes.Conv_I1);
            else if (types[i] == typeof(int)) il.Emit(OpCodes.Conv_I4);
            else if (types[i] == typeof(double)) il.Emit(OpCodes.Call, typeof(BitConverter).GetMethod(nameof(BitConverter.Int64BitsToDouble))!);
            else if (types[i] == typeof(float))
            {
                il.Emit(OpCodes.Conv_I4);
                il.Emit(OpCodes.Call, typeof(BitConverter).GetMethod(nameof(BitConverter.Int32BitsToSingle))!);
            }
        }
        il.Emit(OpCodes.Ldarg_0);
        il.EmitCalli(OpCodes.Calli, CallingConvention.Cdecl, typeof(int), types);
        il.Emit(OpCodes.Ret);
        return method.CreateDelegate<Func<nint, ulong[], int>>();
    }

    private static Type Of(string type) => type switch
    {
        "bool" => typeof(byte),
        "int8_t" => typeof(sbyte),
        "int32_t" or "aclDataType" => typeof(int),
        "int64_t" or "uint64_t" => typeof(long),
        "float" => typeof(float),
        "double" => typeof(double),
        _ => typeof(nint),
    };
}
