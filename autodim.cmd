@echo off
dotnet run --project "%~dp0src\AutoDim.Cli" -c Release -v quiet -- %*
