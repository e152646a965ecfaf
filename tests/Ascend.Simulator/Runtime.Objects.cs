namespace Pure.Tuner.Ascend.Simulator;

/// <summary>Tensors, scalars, arrays and lists. They are the host's: no device is needed.</summary>
internal static unsafe partial class Runtime
{
    public static nint aclCreateTensor(long* viewDims, ulong viewDimsNum, int dataType, long* stride, long offset, int format, long* storageDims, ulong storageDimsNum, nint tensorData)
    {
        World world = Enter();
        SimTensor tensor = TensorRules.Make(world.Card, viewDims, viewDimsNum, dataType, stride, offset, format, storageDims, storageDimsNum, tensorData);
        return world.Handles.Add(tensor);
    }

    public static nint aclCreateScalar(nint value, int dataType)
    {
        World world = Enter();
        if (value == 0) throw new AclException(Code.NullPointer, "6.scalar-value", "the value is null");
        double number = dataType switch
        {
            0 => *(float*)value,
            1 => (double)*(Half*)value,
            2 => *(sbyte*)value,
            3 => *(int*)value,
            4 => *(byte*)value,
            6 => *(short*)value,
            7 => *(ushort*)value,
            8 => *(uint*)value,
            9 => *(long*)value,
            10 => *(ulong*)value,
            11 => *(double*)value,
            12 => *(byte*)value is var flag && flag <= 1 ? flag : throw new AclException(Code.InvalidParameter, "2.bool-byte", $"a bool is 0 or 1, found {flag}"),
            27 => BitConverter.Int32BitsToSingle(*(ushort*)value << 16),
            _ => throw new AclException(Code.InvalidParameter, "6.tensor-dtype", $"a scalar cannot have dtype {dataType}"),
        };
        return world.Handles.Add(new SimScalar((AclType)dataType, number));
    }

    public static nint aclCreateIntArray(long* value, ulong size)
    {
        World world = Enter();
        if (value is null && size > 0) throw new AclException(Code.NullPointer, "6.array-value", $"the values of an array of {size} are null");
        return world.Handles.Add(new SimIntArray(new ReadOnlySpan<long>(value, checked((int)size)).ToArray()));
    }

    public static nint aclCreateTensorList(nint* value, ulong size)
    {
        World world = Enter();
        return world.Handles.Add(new SimTensorList(Elements<SimTensor>(world, value, size)));
    }

    public static nint aclCreateScalarList(nint* value, ulong size)
    {
        World world = Enter();
        return world.Handles.Add(new SimScalarList(Elements<SimScalar>(world, value, size)));
    }

    public static int aclDestroyTensor(nint tensor) => DestroyElement<SimTensor>(tensor, "tensor");

    public static int aclDestroyScalar(nint scalar) => DestroyElement<SimScalar>(scalar, "scalar");

    public static int aclDestroyIntArray(nint array)
    {
        Destroy<SimIntArray>(array, "array of integers");
        return Code.Ok;
    }

    public static int aclDestroyTensorList(nint array)
    {
        if (Destroy<SimTensorList>(array, "list of tensors") is { } list) DestroyAll<SimTensor>(list.Elements);
        return Code.Ok;
    }

    public static int aclDestroyScalarList(nint array)
    {
        if (Destroy<SimScalarList>(array, "list of scalars") is { } list) DestroyAll<SimScalar>(list.Elements);
        return Code.Ok;
    }

    /// <summary>Elements of the matrix that aclnnTransMatmulWeight lays out: rows and columns in whole tiles.</summary>
    public static int aclnnCalculateMatmulWeightSizeV2(nint tensorShape, int dataType, ulong* weightTensorSize)
    {
        World world = Enter();
        if (tensorShape == 0 || weightTensorSize is null) throw new AclException(Code.NullPointer, "6.plan-null", "a shape and a place for the size were expected, found null");
        SimIntArray shape = world.Handles.Find<SimIntArray>(tensorShape) ?? throw new AclException(Code.InvalidParameter, "6.plan-handle", $"an array of integers was expected, found {world.Handles.Describe(tensorShape)}");
        if (shape.Values.Length is < 2 or > 6) throw new AclException(Code.InvalidParameter, "8.trans-weight", $"2 to 6 dimensions were expected, found {shape.Values.Length}");
        if ((AclType)dataType is not (AclType.Float16 or AclType.BFloat16 or AclType.Int8)) throw new AclException(Code.InvalidParameter, "8.trans-weight", $"float16, bfloat16 or int8 was expected, found dtype {dataType}");
        long count = Round.Up(shape.Values[^2], 16) * Round.Up(shape.Values[^1], (AclType)dataType == AclType.Int8 ? 32 : 16);
        foreach (long batch in shape.Values[..^2]) count *= batch;
        *weightTensorSize = (ulong)count;
        return Code.Ok;
    }

    private static nint[] Elements<T>(World world, nint* value, ulong size) where T : class
    {
        if (value is null || size == 0) throw new AclException(Code.InvalidParameter, "6.list-size", "a list has at least one element; pass null for an empty list");
        nint[] elements = new ReadOnlySpan<nint>(value, checked((int)size)).ToArray();
        foreach (nint element in elements)
        {
            if (world.Handles.Find<T>(element) is null) throw new AclException(Code.InvalidParameter, "6.list-elements", $"an element is {world.Handles.Describe(element)}");
            if (!world.Owned.TryAdd(element, 0)) throw new AclException(Code.InvalidParameter, "6.list-elements", "an element is in a list already");
        }
        return elements;
    }

    private static int DestroyElement<T>(nint handle, string kind) where T : class
    {
        World world = Enter();
        if (world.Handles.Find<T>(handle) is not null && world.Owned.ContainsKey(handle)) throw new AclException(Code.InvalidParameter, "6.list-owns", $"the {kind} belongs to a list, which destroys it");
        Destroy<T>(handle, kind);
        return Code.Ok;
    }

    private static T? Destroy<T>(nint handle, string kind) where T : class
    {
        Handles handles = Enter().Handles;
        if (handle == 0) return null;       // destroying nothing is allowed
        return handles.Remove<T>(handle) ?? throw new AclException(Code.InvalidParameter, "6.destroy-twice", $"a live {kind} was expected, found {handles.Describe(handle)}");
    }

    private static void DestroyAll<T>(nint[] elements) where T : class
    {
        World world = Enter();
        foreach (nint element in elements)
        {
            world.Handles.Remove<T>(element);
            world.Owned.TryRemove(element, out _);
        }
    }
}
