using System.CommandLine;
using System.Diagnostics.CodeAnalysis;
using AutoDim.Runs;
using AutoDim.Settings;

namespace AutoDim.Cli.Commands;

/// <summary>An options record on the command line: one option per declared setting.</summary>
internal sealed class SettingOptions<[DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicProperties)] TOptions>
    where TOptions : class, new()
{
    private readonly List<(Setting Setting, Option<string?> Option)> options = [];

    /// <param name="without">Names of settings that the command has no use for.</param>
    public SettingOptions(Command command, params string[] without)
    {
        var defaults = new TOptions();
        foreach (var setting in SettingList.Of(typeof(TOptions)).Where(setting => !without.Contains(setting.Name)))
        {
            var value = setting.Get(defaults);
            var option = new Option<string?>("--" + setting.Name)
            {
                Description = $"{setting.Description} [{(value.Length > 0 ? $"default {value}; " : "")}{setting.Expected}]",
                HelpName = setting.Type.IsEnum ? "name" : setting.Type == typeof(string) ? "text" : setting.Type == typeof(IReadOnlyList<string>) ? "names" : setting.Type == typeof(bool) ? "true|false" : "number",
                Arity = setting.Type == typeof(bool) ? ArgumentArity.ZeroOrOne : ArgumentArity.ExactlyOne,
            };
            options.Add((setting, option));
            command.Options.Add(option);
        }
    }

    /// <summary>The defaults, changed by a settings file where there is one, then by the command line.</summary>
    public TOptions Build(ParseResult parse, string? file = null)
    {
        var built = new TOptions();
        if (file != null) SettingList.Apply([.. options.Select(item => item.Setting)], built, SettingsFile.Load(file).Where(pair => !RunRecord.OwnKeys.Contains(pair.Key) && pair.Value.Length > 0), file);
        foreach (var (setting, option) in options)
        {
            if (parse.GetResult(option) is { Implicit: false }) setting.Set(built, parse.GetValue(option) ?? "", "--" + setting.Name);
        }

        return built;
    }

    public bool IsGiven(ParseResult parse, string name) => parse.GetResult(options.Single(item => item.Setting.Name == name).Option) is { Implicit: false };
}
