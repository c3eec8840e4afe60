using AutoDim.Data;
using AutoDim.Graphs;
using AutoDim.Onnx.Messages;
using Google.Protobuf;

namespace AutoDim.Onnx;

/// <summary>A graph as an ONNX file; large weights in a file beside it where they would not fit in one message.</summary>
internal static class OnnxFile
{
    public const string ExternalEnding = ".data";

    /// <summary>Version 18 of the operators, as ONNX Runtime has had since 1.14.</summary>
    private const int OperatorSet = 18, IrVersion = 8;

    /// <summary>Of other operators' domains, as long in ONNX Runtime.</summary>
    private const int DomainVersion = 2;

    /// <summary>Smaller constants, such as shapes, stay in the graph, where a runtime looks for them.</summary>
    private const int LeastExternalBytes = 1024;

    private const int Alignment = 64;

    /// <summary>A message of protobuf, and so a file, takes less than 2 GiB; a mebibyte of it is for names and shapes.</summary>
    private const long MostBytes = int.MaxValue - (1L << 20);

    /// <param name="metadata">Text that goes with the model.</param>
    /// <param name="externalAbove">Bytes of constants and settings up to which the file holds all of them.</param>
    /// <exception cref="AutoDimException">More than a file can hold would have to be in it.</exception>
    public static void Write(ForwardGraph graph, string path, IReadOnlyDictionary<string, string> metadata, long externalAbove)
    {
        var settings = graph.Nodes.Sum(node => node.Attributes.Sum(BytesOf));
        var large = settings + graph.Constants.Sum(constant => constant.Bytes) <= externalAbove ? []
            : graph.Constants.Where(constant => constant.Type != GraphType.Int64 && constant.Bytes >= LeastExternalBytes).ToHashSet();
        var bytes = settings + graph.Constants.Where(constant => !large.Contains(constant)).Sum(constant => constant.Bytes);
        if (bytes > MostBytes)
        {
            throw new AutoDimException($"'{path}' would take {bytes} bytes, and an ONNX file takes at most 2 GiB: {settings} of them are values' texts and their rows, which cannot lie in a file beside it as weights do; export with --inputs rows, or prepare with a larger minCount and train again");
        }

        var model = new ModelProto
        {
            IrVersion = IrVersion,
            ProducerName = "autodim",
            ProducerVersion = typeof(OnnxFile).Assembly.GetName().Version!.ToString(3),
            OpsetImport = { new OperatorSetIdProto { Version = OperatorSet }, graph.Nodes.Select(node => DomainOf(node.Operator)).Where(domain => domain.Length > 0).Distinct().Select(domain => new OperatorSetIdProto { Domain = domain, Version = DomainVersion }) },
            Graph = new GraphProto
            {
                Name = "scorer",
                Input = { graph.Inputs.Select(Input) },
                Node = { graph.Nodes.Select(Node) },
                Output = { graph.Outputs.Select(Output) },
            },
            MetadataProps = { metadata.Select(pair => Entry(pair.Key, pair.Value)) },
        };
        model.Graph.Initializer.Add(graph.Constants.Where(constant => !large.Contains(constant)).Select(Inline));
        if (large.Count > 0) AtomicFile.Write(path + ExternalEnding, stream => model.Graph.Initializer.Add(large.Select(constant => External(constant, stream, Path.GetFileName(path) + ExternalEnding))));
        AtomicFile.Write(path, model.WriteTo);
    }

    private static ValueInfoProto Input(GraphInput input)
    {
        var shape = new TensorShapeProto { Dim = { new TensorShapeProto.Types.Dimension { DimParam = "batch" } } };
        if (input.IsPadded) shape.Dim.Add(new TensorShapeProto.Types.Dimension { DimParam = $"{input.Name} count" });
        return new ValueInfoProto { Name = input.Name, Type = new TypeProto { TensorType = new TypeProto.Types.Tensor { ElemType = TypeOf(input.Type), Shape = shape } } };
    }

    private static ValueInfoProto Output(string name) => new()
    {
        Name = name,
        Type = new TypeProto
        {
            TensorType = new TypeProto.Types.Tensor { ElemType = TensorProto.Types.DataType.Float, Shape = new TensorShapeProto { Dim = { new TensorShapeProto.Types.Dimension { DimParam = "batch" } } } },
        },
    };

    private static NodeProto Node(GraphNode node)
    {
        var domain = DomainOf(node.Operator);
        return new NodeProto { OpType = node.Operator[domain.Length..].TrimStart('.'), Domain = domain, Name = node.Output, Input = { node.Inputs }, Output = { node.Output }, Attribute = { node.Attributes.Select(Attribute) } };
    }

    /// <summary>What stands before an operator's name; empty for the default one.</summary>
    private static string DomainOf(string name) => name[..Math.Max(0, name.LastIndexOf('.'))];

    private static AttributeProto Attribute(GraphAttribute attribute)
    {
        if (attribute.Text != null) return new AttributeProto { Name = attribute.Name, Type = AttributeProto.Types.AttributeType.String, S = ByteString.CopyFromUtf8(attribute.Text) };
        if (attribute.Texts != null) return new AttributeProto { Name = attribute.Name, Type = AttributeProto.Types.AttributeType.Strings, Strings = { attribute.Texts.Select(text => UnsafeByteOperations.UnsafeWrap(text)) } };
        return attribute.IsList
            ? new AttributeProto { Name = attribute.Name, Type = AttributeProto.Types.AttributeType.Ints, Ints = { attribute.Numbers } }
            : new AttributeProto { Name = attribute.Name, Type = AttributeProto.Types.AttributeType.Int, I = attribute.Numbers[0] };
    }

    /// <summary>What a setting takes in the file, but for its name.</summary>
    private static long BytesOf(GraphAttribute attribute)
        => (attribute.Texts?.Sum(text => 1L + CodedOutputStream.ComputeLengthSize(text.Length) + text.Length) ?? 0) + attribute.Numbers.Sum(number => (long)CodedOutputStream.ComputeInt64Size(number));

    private static TensorProto Inline(GraphConstant constant)
    {
        var bytes = new byte[constant.Bytes];
        using var stream = new MemoryStream(bytes);
        constant.WriteTo(stream);
        var tensor = Tensor(constant);
        tensor.RawData = UnsafeByteOperations.UnsafeWrap(bytes);
        return tensor;
    }

    private static TensorProto External(GraphConstant constant, Stream stream, string file)
    {
        while (stream.Position % Alignment != 0) stream.WriteByte(0);
        var tensor = Tensor(constant);
        tensor.DataLocation = TensorProto.Types.DataLocation.External;
        tensor.ExternalData.Add([Entry("location", file), Entry("offset", $"{stream.Position}"), Entry("length", $"{constant.Bytes}")]);
        constant.WriteTo(stream);
        return tensor;
    }

    private static TensorProto Tensor(GraphConstant constant) => new()
    {
        Name = constant.Name,
        Dims = { constant.Shape },
        DataType = TypeOf(constant.Type),
    };

    private static TensorProto.Types.DataType TypeOf(GraphType type) => type switch
    {
        GraphType.Float32 => TensorProto.Types.DataType.Float,
        GraphType.Float16 => TensorProto.Types.DataType.Float16,
        GraphType.Float64 => TensorProto.Types.DataType.Double,
        GraphType.Int8 => TensorProto.Types.DataType.Int8,
        GraphType.UInt8 => TensorProto.Types.DataType.Uint8,
        GraphType.Text => TensorProto.Types.DataType.String,
        _ => TensorProto.Types.DataType.Int64,
    };

    private static StringStringEntryProto Entry(string key, string value) => new() { Key = key, Value = value };
}
