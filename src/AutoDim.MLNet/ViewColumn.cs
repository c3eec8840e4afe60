using System.Globalization;
using System.Text;
using AutoDim.Data.Preparation;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace AutoDim.MLNet;

/// <summary>A column of a data view as a log holds it: UTF-8 text, none for a missing value, one text per value of a vector.</summary>
internal abstract class ViewColumn
{
    /// <summary>Longest text of a number.</summary>
    private const int NumberLength = 64;

    private byte[] text = new byte[NumberLength];
    private int length;

    private ViewColumn(bool isList) => IsList = isList;

    /// <summary>Whether a row holds any number of values.</summary>
    public bool IsList { get; }

    /// <summary>What field a column can be; null: none.</summary>
    public static FieldKind? KindOf(DataViewSchema.Column column) => column.Type switch
    {
        VectorDataViewType { ItemType: TextDataViewType or KeyDataViewType } => FieldKind.Multi,
        NumberDataViewType when column.Type.RawType == typeof(float) || column.Type.RawType == typeof(double) => FieldKind.Numeric,
        TextDataViewType or KeyDataViewType or BooleanDataViewType or NumberDataViewType => FieldKind.Categorical,
        _ => null,
    };

    /// <summary>Reads a column of the rows that a cursor goes through.</summary>
    /// <exception cref="AutoDimException">Its type can be no field.</exception>
    public static ViewColumn Of(DataViewRow row, DataViewSchema.Column column)
    {
        var type = column.Type;
        return type is VectorDataViewType { ItemType: TextDataViewType } ? new List<ReadOnlyMemory<char>>(row, column, static (self, value) => self.Set(value.Span))
            : type is VectorDataViewType { ItemType: KeyDataViewType } keys ? KeyList(row, column, keys.ItemType.RawType)
            : type is TextDataViewType ? new Single<ReadOnlyMemory<char>>(row, column, static (self, value) => self.Set(value.Span))
            : type is BooleanDataViewType ? new Single<bool>(row, column, static (self, value) => self.Set(value ? 1 : 0))
            : type is KeyDataViewType ? Key(row, column, type.RawType)
            : type is NumberDataViewType ? Number(row, column, type.RawType)
            : throw Unusable(column);
    }

    public static AutoDimException Unusable(DataViewSchema.Column column)
        => new($"column '{column.Name}' is of type {column.Type}, which is no field; a field is text, boolean, a number or a key, or a vector of text or keys: convert it, or leave it out of the field columns");

    /// <summary>Gives the texts of the row that the cursor stands on.</summary>
    public abstract void Read(TextReceiver receive);

    private static ViewColumn Number(DataViewRow row, DataViewSchema.Column column, Type type)
        => type == typeof(float) ? new Single<float>(row, column, static (self, value) => self.SetNumber(value))
            : type == typeof(double) ? new Single<double>(row, column, static (self, value) => self.SetNumber(value))
            : type == typeof(long) ? new Single<long>(row, column, static (self, value) => self.Set(value))
            : type == typeof(int) ? new Single<int>(row, column, static (self, value) => self.Set(value))
            : type == typeof(short) ? new Single<short>(row, column, static (self, value) => self.Set(value))
            : type == typeof(sbyte) ? new Single<sbyte>(row, column, static (self, value) => self.Set(value))
            : type == typeof(ulong) ? new Single<ulong>(row, column, static (self, value) => self.Set(value))
            : Unsigned(row, column, type);

    private static ViewColumn Unsigned(DataViewRow row, DataViewSchema.Column column, Type type)
        => type == typeof(uint) ? new Single<uint>(row, column, static (self, value) => self.Set(value))
            : type == typeof(ushort) ? new Single<ushort>(row, column, static (self, value) => self.Set(value))
            : new Single<byte>(row, column, static (self, value) => self.Set(value));

    /// <summary>Key 0 is ML.NET's missing one.</summary>
    private static ViewColumn Key(DataViewRow row, DataViewSchema.Column column, Type type)
        => type == typeof(uint) ? new Single<uint>(row, column, static (self, value) => self.SetKey(value))
            : type == typeof(ulong) ? new Single<ulong>(row, column, static (self, value) => self.SetKey(value))
            : type == typeof(ushort) ? new Single<ushort>(row, column, static (self, value) => self.SetKey(value))
            : new Single<byte>(row, column, static (self, value) => self.SetKey(value));

    private static ViewColumn KeyList(DataViewRow row, DataViewSchema.Column column, Type type)
        => type == typeof(uint) ? new List<uint>(row, column, static (self, value) => self.SetKey(value))
            : type == typeof(ulong) ? new List<ulong>(row, column, static (self, value) => self.SetKey(value))
            : type == typeof(ushort) ? new List<ushort>(row, column, static (self, value) => self.SetKey(value))
            : new List<byte>(row, column, static (self, value) => self.SetKey(value));

    private void Set(ReadOnlySpan<char> value)
    {
        if (text.Length < Encoding.UTF8.GetMaxByteCount(value.Length)) text = new byte[Encoding.UTF8.GetMaxByteCount(value.Length)];
        length = Encoding.UTF8.GetBytes(value, text);
    }

    private void Set<T>(T value)
        where T : IUtf8SpanFormattable => value.TryFormat(text, out length, default, CultureInfo.InvariantCulture);

    private void SetNumber<T>(T value)
        where T : System.Numerics.IFloatingPoint<T>
    {
        if (T.IsNaN(value)) length = 0;
        else Set(value);
    }

    private void SetKey(ulong value)
    {
        if (value == 0) length = 0;
        else Set(value);
    }

    /// <summary>Takes a text; it is gone after the call.</summary>
    public delegate void TextReceiver(ReadOnlySpan<byte> text);

    private sealed class Single<T>(DataViewRow row, DataViewSchema.Column column, Action<ViewColumn, T> set) : ViewColumn(isList: false)
    {
        private readonly ValueGetter<T> get = row.GetGetter<T>(column);
        private T value = default!;

        public override void Read(TextReceiver receive)
        {
            get(ref value);
            set(this, value);
            receive(text.AsSpan(0, length));
        }
    }

    /// <summary>A vector; empty texts and missing keys are no values.</summary>
    private sealed class List<T>(DataViewRow row, DataViewSchema.Column column, Action<ViewColumn, T> set) : ViewColumn(isList: true)
    {
        private readonly ValueGetter<VBuffer<T>> get = row.GetGetter<VBuffer<T>>(column);
        private VBuffer<T> values;

        public override void Read(TextReceiver receive)
        {
            get(ref values);
            foreach (var value in values.GetValues())
            {
                set(this, value);
                if (length > 0) receive(text.AsSpan(0, length));
            }
        }
    }
}
