using System.Reflection;
using System.Runtime.InteropServices;
using System.Text.RegularExpressions;
using AutoDim.Native;
using AutoDim.Tests.Support;

namespace AutoDim.Tests.Native;

/// <summary>The C header, the Python module and the exports say the same.</summary>
public sealed partial class HeaderTests
{
    private static readonly Dictionary<string, string> ManagedTypes = new()
    {
        ["void"] = "System.Void",
        ["int"] = "System.Int32",
        ["size_t"] = "System.UIntPtr",
        ["float *"] = "System.Single*",
        ["void *"] = "System.Void*",
        ["const char *"] = "System.Byte*",
        ["const char **"] = "System.Byte**",
        ["autodim_model *"] = "System.IntPtr",
        ["autodim_model **"] = "System.IntPtr*",
        ["const autodim_column *"] = "AutoDim.Native.RawColumnPointers*",
        ["autodim_progress"] = "System.Int32(System.Byte*, System.Void*)",
    };

    /// <summary>Each exported function: its name, what it returns and what it takes, as the managed code has it.</summary>
    private static readonly string[] Exported = [.. typeof(Exports).GetMethods(BindingFlags.Static | BindingFlags.Public)
        .Select(method => $"{method.ReturnType} {method.GetCustomAttribute<UnmanagedCallersOnlyAttribute>()!.EntryPoint}({string.Join(", ", method.GetParameters().Select(parameter => parameter.ParameterType))})")];

    private static readonly string Header = Comments().Replace(File.ReadAllText(SharedData.Repository("include/autodim.h")), "");

    [Fact]
    public void Header_Functions_AreTheExports()
    {
        var declared = Functions().Matches(Header).Select(match => $"{ManagedTypes[match.Groups["returns"].Value.Trim()]} {match.Groups["name"].Value}({string.Join(", ", Parameters(match.Groups["parameters"].Value))})");
        declared.ShouldBe(Exported, ignoreOrder: true);
    }

    [Fact]
    public void Header_Column_IsTheStruct()
    {
        Header.ShouldMatch(@"typedef struct autodim_column \{\s+const char \*name;\s+const char \*const \*values;\s+\} autodim_column;");
        typeof(RawColumnPointers).GetFields().Select(field => $"{field.FieldType} {field.Name}").ShouldBe(["System.Byte* Name", "System.Byte** Values"]);
    }

    [Fact]
    public void Python_Signatures_NameTheSameFunctionsWithAsManyArguments()
    {
        var python = Tool.NumpyOrSkip();
        var (code, output) = Tool.Run(python, new Dictionary<string, string> { ["PYTHONPATH"] = SharedData.Repository("python") }, "-B", "-c", """
            from autodim import _native
            for name, (_, arguments) in _native.SIGNATURES.items(): print(name, len(arguments))
            """);
        code.ShouldBe(0, output);
        var declared = Functions().Matches(Header).Select(match => $"{match.Groups["name"].Value} {Parameters(match.Groups["parameters"].Value).Count()}");
        output.Split('\n', StringSplitOptions.RemoveEmptyEntries).ShouldBe(declared, ignoreOrder: true);
    }

    private static IEnumerable<string> Parameters(string text)
        => text == "void" ? [] : text.Split(',').Select(parameter => ManagedTypes[LastName().Replace(parameter.Trim(), "").Trim()]);

    [GeneratedRegex(@"/\*.*?\*/", RegexOptions.Singleline)]
    private static partial Regex Comments();

    [GeneratedRegex(@"^(?<returns>[a-z][\w ]*?\**) ?\b(?<name>autodim_\w+)\((?<parameters>[^()]*)\);", RegexOptions.Multiline)]
    private static partial Regex Functions();

    [GeneratedRegex(@"\w+$")]
    private static partial Regex LastName();
}
